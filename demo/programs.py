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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

HOST = "127.0.0.1"
PATIENCE = 120


class DemoFailed(Exception):
    """One of the programs did not come up; the message says what to do."""


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

    def environment(self) -> dict[str, str]:
        """Settings of both programs; keys are made anew each time, the data too."""
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        return {
            **os.environ,
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
            "PYTHONUNBUFFERED": "1",
        }


@contextmanager
def running(plan: Plan) -> Iterator[None]:
    """Both programs up and answering; both are gone when the block ends, however it ends."""
    for port in (plan.app_port, plan.store_port):
        _demand_free(port)
    shutil.rmtree(plan.directory, ignore_errors=True)
    plan.directory.mkdir(parents=True)
    environment = plan.environment()
    _write_settings(plan, environment)
    store = ["devstore", "--port", str(plan.store_port), "--app-url", plan.app_url, "--shop", plan.domain]
    started: list[subprocess.Popen[bytes]] = []
    try:
        started.append(_start(plan, "store", [*store, *plan.world], environment))
        started.append(_start(plan, "app", ["shopify_app.serve"], environment))
        _wait(plan, started[1], "app", f"{plan.app_url}/readyz")
        _wait(plan, started[0], "store", f"{plan.store_url}/store/{plan.shop}/control/state")
        yield
    finally:
        _stop(started)


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


def _write_settings(plan: Plan, environment: Mapping[str, str]) -> None:
    """For the operator's commands: the settings of this demo, to be read by a shell."""
    mine = [f"export {name}='{value}'" for name, value in environment.items() if os.environ.get(name) != value]
    file = plan.directory / "env"
    file.touch(0o600)
    file.write_text("\n".join(mine) + "\n")


def _start(plan: Plan, name: str, module: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    log = (plan.directory / f"{name}.log").open("wb")
    # A session of their own: Ctrl-C reaches this program alone, which then stops them in order.
    return subprocess.Popen(
        [sys.executable, "-m", *module], env=dict(environment), stdout=log, stderr=log, start_new_session=True
    )


def _wait(plan: Plan, process: subprocess.Popen[bytes], name: str, url: str) -> None:
    for _ in range(PATIENCE * 10):
        if process.poll() is not None:
            raise DemoFailed(_last_words(plan, name))
        with suppress(requests.RequestException):
            if requests.get(url, timeout=(5, 30)).ok:
                return
        time.sleep(0.1)
    raise DemoFailed(f"The {name} did not answer within {PATIENCE} seconds. See {plan.directory}/{name}.log.")


def _last_words(plan: Plan, name: str) -> str:
    lines = (plan.directory / f"{name}.log").read_text(errors="replace").strip().splitlines()
    said = "\n".join(f"    {line}" for line in lines[-6:])
    return f"The {name} could not start. It said:\n{said}"


def _stop(started: list[subprocess.Popen[bytes]]) -> None:
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    for process in started:
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
