"""Programs that a benchmark starts, talks to and stops: servers, senders."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0


class DidNotStart(Exception):
    """A program ended or did not answer; the message is what it said last."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(
    command: Sequence[str], directory: Path, port: int, settings: Mapping[str, str], ready: str = "/readyz"
) -> Iterator[int]:
    """A server that answers `ready` on its port, in a process group of its own; yields its process id."""
    log = directory / f"server-{port}.log"
    environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as said:
        process = subprocess.Popen(
            list(command), env=environment, cwd=directory, stdout=said, stderr=said, start_new_session=True
        )
    try:
        _wait(process, port, ready, log)
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def app(directory: Path, settings: Mapping[str, str]) -> Iterator[int]:
    """The app as it is run, on the port that its settings name."""
    command = [sys.executable, "-m", "shopify_app.serve"]
    with server(command, directory, int(settings["PORT"]), settings) as pid:
        yield pid


def _wait(process: subprocess.Popen[bytes], port: int, ready: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            if answered(port, ready) == 200:
                return
        time.sleep(0.05)
    raise DidNotStart("\n".join(log.read_text(errors="replace").splitlines()[-10:]))


def answered(port: int, path: str) -> int:
    """The status of a GET."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


class Running:
    """A program of ours at work; `result` waits for what it prints, one JSON document."""

    def __init__(self, module: str, *arguments: object) -> None:
        self._module = module
        words = [sys.executable, "-m", module, *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment, cwd=ROOT)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def over(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def stop(self) -> Any:
        """Have it end now, and what it printed."""
        self._process.terminate()
        return self.result()

    def result(self) -> Any:
        """What it printed; DidNotStart when it failed."""
        said, _ = self._process.communicate()
        if self._process.returncode:
            raise DidNotStart(f"{self._module} ended with {self._process.returncode}")
        return json.loads(said)


def send(port: int, **how: object) -> Any:
    """Run a sender to its end; see benchmarks/sender.py for what can be asked."""
    return sending(port, **how).result()


def sending(port: int, **how: object) -> Running:
    """Start a sender."""
    words = [word for name, value in how.items() for word in (f"--{name}", value)]
    return Running("benchmarks.sender", "--port", port, *words)
