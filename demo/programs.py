"""The two programs as child processes, started together and stopped together."""

import base64
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

HOST = "127.0.0.1"
PATIENCE = 120
"""Seconds in which a program must come up."""
LOOK = 0.5
"""Seconds between two looks whether the programs still run."""


class DemoFailed(Exception):
    """One of the programs did not come up or has ended; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start and where."""

    directory: Path
    app_port: int
    store_port: int
    world: list[str]
    shop: str = "demo"
    api_key: str = "demo-api-key"
    api_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def app_url(self) -> str:
        """Where the app answers."""
        return f"http://{HOST}:{self.app_port}"

    @property
    def store_url(self) -> str:
        """Where the development store answers."""
        return f"http://{HOST}:{self.store_port}"

    @property
    def domain(self) -> str:
        """The shop's permanent name."""
        return f"{self.shop}.myshopify.com"

    @property
    def frame_url(self) -> str:
        """The app inside the pretend admin: what a merchant opens."""
        return f"{self.store_url}/store/{self.shop}/apps/wafa"

    def settings(self) -> dict[str, str]:
        """Settings of both programs; keys are made anew each time, the data too."""
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        return {
            "SHOPIFY_API_KEY": self.api_key,
            "SHOPIFY_API_SECRET": self.api_secret,
            "SHOPIFY_ADMIN_URL": self.store_url,
            "APP_BRIDGE_URL": f"{self.store_url}/standins/app-bridge.js",
            "POLARIS_URL": f"{self.store_url}/standins/polaris.js",
            "HOST": self.app_url,
            "PORT": str(self.app_port),
            "DATABASE_URL": f"sqlite:///{self.directory.resolve() / 'wafa.db'}",
            "ENCRYPTION_KEYS": key,
            "LOOKUP_KEY": key,
        }


@dataclass(frozen=True, slots=True)
class Programs:
    """The two that run."""

    plan: Plan
    started: Mapping[str, subprocess.Popen[bytes]]

    def demand_alive(self) -> None:
        """DemoFailed when one of them has ended by itself."""
        for name, process in self.started.items():
            status = process.poll()
            if status is not None:
                raise DemoFailed(f"The {name} has ended by itself ({_how(status)}). {_last_words(self.plan, name)}")

    def watch(self) -> None:
        """Stay until one of them ends; then DemoFailed."""
        while True:
            self.demand_alive()
            time.sleep(LOOK)


@contextmanager
def running(plan: Plan) -> Iterator[Programs]:
    """Both programs up and answering; both are gone when the block ends, however it ends.

    DemoFailed when one does not come up, and when the block could not speak to one that has ended.
    """
    for port in (plan.app_port, plan.store_port):
        _demand_free(port)
    shutil.rmtree(plan.directory, ignore_errors=True)
    plan.directory.mkdir(parents=True)
    settings = plan.settings()
    _write_settings(plan, settings)
    environment = {**os.environ, **settings, "PYTHONUNBUFFERED": "1"}
    store = ["devstore", "--port", str(plan.store_port), "--app-url", plan.app_url, "--shop", plan.domain]
    started: dict[str, subprocess.Popen[bytes]] = {}
    programs = Programs(plan, started)
    try:
        started["store"] = _start(plan, "store", [*store, *plan.world], environment)
        started["app"] = _start(plan, "app", ["shopify_app.serve"], environment)
        _wait(programs, "app", f"{plan.app_url}/readyz")
        _wait(programs, "store", f"{plan.store_url}/store/{plan.shop}/control/state")
        yield programs
    except requests.RequestException:
        programs.demand_alive()
        raise
    finally:
        _stop([*started.values()])


def _demand_free(port: int) -> None:
    """Before anything of an earlier demo is touched: it may still be running."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise DemoFailed(
                f"Port {port} is taken, perhaps by another demo. Stop it, or set PORT and DEVSTORE_PORT."
            ) from None


def _write_settings(plan: Plan, settings: Mapping[str, str]) -> None:
    """For the operator's commands: the settings of this demo, to be read by a shell."""
    file = plan.directory / "env"
    file.touch(0o600)
    file.write_text("".join(f"export {name}='{value}'\n" for name, value in settings.items()))


def _start(plan: Plan, name: str, module: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    log = (plan.directory / f"{name}.log").open("wb")
    # A session of their own: Ctrl-C reaches this program alone, which then stops them in order.
    return subprocess.Popen(
        [sys.executable, "-m", *module], env=dict(environment), stdout=log, stderr=log, start_new_session=True
    )


def _wait(programs: Programs, name: str, url: str) -> None:
    for _ in range(PATIENCE * 10):
        programs.demand_alive()
        with suppress(requests.RequestException):
            if requests.get(url, timeout=(5, 30)).ok:
                return
        time.sleep(0.1)
    place = programs.plan.directory
    raise DemoFailed(f"The {name} did not answer within {PATIENCE} seconds. See {place}/{name}.log.")


def _how(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def _last_words(plan: Plan, name: str) -> str:
    lines = (plan.directory / f"{name}.log").read_text(errors="replace").strip().splitlines()
    said = "\n".join(f"    {line}" for line in lines[-6:])
    return f"It said:\n{said}" if said else "It said nothing."


def _stop(started: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    for process in started:
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
