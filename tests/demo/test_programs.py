"""make demo as it is typed: what it leaves for a shell, and what it does when one of its programs dies."""

import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import _free_port

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in /proc")


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True


class Demo:
    """The demo of an empty shop, up and waiting for Ctrl-C."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ports = {"app": _free_port(), "store": _free_port()}
        # As make passes them on, whether they were typed or not.
        asked = {"PORT": str(self.ports["app"]), "DEVSTORE_PORT": str(self.ports["store"]), "WORLD": "empty"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo"],
            env={**os.environ, **asked, "PYTHONPATH": str(ROOT)},
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while not self.process.stdout.readline().startswith("http"):
            assert self.process.poll() is None, self.process.stderr.read()

    def kill(self, module: str) -> None:
        """End one of the two programs, by its module's name."""
        me = self.process.pid
        for pid in Path(f"/proc/{me}/task/{me}/children").read_text().split():
            if module in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                os.kill(int(pid), signal.SIGKILL)

    def ended(self) -> tuple[int, str]:
        """Its exit status and what it said of it."""
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@pytest.fixture
def demo(tmp_path):
    made = Demo(tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.send_signal(signal.SIGINT)
        made.process.communicate(timeout=60)


@pytest.mark.parametrize(
    ("name", "module", "other"), [("store", "devstore", "app"), ("app", "shopify_app.serve", "store")]
)
def test_when_one_program_dies_the_other_is_stopped_and_it_is_said(demo, name, module, other):
    assert answers(demo.ports[other])
    demo.kill(module)
    status, said = demo.ended()
    assert (status, f"The {name} has ended by itself (killed by SIGKILL)." in said) == (1, True), said
    assert not answers(demo.ports[other])


def test_a_shell_that_reads_its_settings_has_all_of_them(demo):
    """Those too that this shell has already: the next one need not."""
    read = '. "$1" && exec env'
    said = subprocess.run(
        ["/bin/sh", "-c", read, "sh", str(demo.directory / "var/demo/env")],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    settings = dict(line.split("=", 1) for line in said.stdout.splitlines())
    assert settings["PORT"] == str(demo.ports["app"])
    assert settings["HOST"] == f"http://127.0.0.1:{demo.ports['app']}"
    assert {"SHOPIFY_API_SECRET", "DATABASE_URL", "ENCRYPTION_KEYS", "LOOKUP_KEY"} <= settings.keys()
    assert "HOME" not in settings
