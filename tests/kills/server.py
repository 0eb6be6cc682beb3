"""The real server as its own process group, on a database that outlives it."""

import base64
import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from shopify_app.db.base import Database
from tests.postgres import _free_port

SECRET = "test-secret-of-more-than-32-bytes"
COMMAND = (sys.executable, "-m", "shopify_app.serve")


class Server:
    """Started and killed as often as one likes; always on the same port."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.port = _free_port()
        self.directory = directory
        key = base64.b64encode(b"k" * 32).decode()
        self.environment = {
            **os.environ,
            "SHOPIFY_API_KEY": "test-key",
            "SHOPIFY_API_SECRET": SECRET,
            "HOST": f"http://127.0.0.1:{self.port}",
            "PORT": str(self.port),
            "DATABASE_URL": database.url,
            "ENCRYPTION_KEYS": key,
            "LOOKUP_KEY": base64.b64encode(b"l" * 32).decode(),
            "PYTHONPATH": str(Path.cwd()),
        }
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                COMMAND, env=self.environment, cwd=self.directory, stdout=log, stderr=log, start_new_session=True
            )
        while self.get("/healthz") != 200:
            assert self.process.poll() is None, (self.directory / "server.log").read_text()[-2000:]
            time.sleep(0.05)

    def refused(self) -> str:
        """What it says when it does not even start."""
        said = subprocess.run(
            COMMAND, env=self.environment, cwd=self.directory, capture_output=True, text=True, timeout=60, check=False
        )
        assert said.returncode == 1, said
        return said.stderr

    def processes(self) -> dict[str, int]:
        """The process ids of what the supervisor has started, the one that answers as "web", the other as "work"."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        found = [int(pid) for task in tasks for pid in task.read_text().split()]
        return {"work" if b"shopify_app.work" in command_of(pid) else "web": pid for pid in found}

    def get(self, path: str) -> int | None:
        """The status; None when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return None
        else:
            return answer.status
        finally:
            connection.close()

    def kill(self) -> None:
        """Every process of it at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def command_of(pid: int) -> bytes:
    """The words that a process was started with; none when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
