"""make demo: both programs, the app installed into the demo shop, its history imported, the address printed."""

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from demo.merchant import Merchant
from demo.programs import DemoFailed, Plan, running

BAR = 32


def main() -> int:
    """Run until Ctrl-C; 1 when it did not come up, or one of the two ended by itself."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    plan = plan_from(os.environ, Path("var/demo"))
    try:
        print("Starting the development store and the app ...", flush=True)
        with running(plan) as programs:
            _install_and_import(Merchant(plan))
            print("Open this address; Ctrl-C stops both programs.")
            print(plan.frame_url, flush=True)
            programs.watch()
    except (DemoFailed, requests.RequestException) as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


def plan_from(environment: Mapping[str, str], directory: Path) -> Plan:
    """What the settings of the Makefile ask for."""
    world = ["--world", environment.get("WORLD") or "bazaar"]
    if environment.get("TRANSACTIONS"):
        world = ["--transactions", environment["TRANSACTIONS"]]
    for name in ("CURRENCY", "TIMEZONE", "PROTECTED", "WINDOW"):
        if environment.get(name):
            world += [f"--{name.lower()}", environment[name]]
    return Plan(
        directory,
        int(environment.get("PORT") or 8200),
        int(environment.get("DEVSTORE_PORT") or 8201),
        world,
    )


def _install_and_import(merchant: Merchant) -> None:
    merchant.control("install")
    print("Installed. Reading the shop's history:", flush=True)
    wait_for_import(merchant, _draw)
    if not merchant.read("/")["approved"]:
        print(f"\n{merchant.read('/')['missing']}")
        return
    figures = merchant.figures(window="all")
    rate = float(figures["repeat_rate"]["value"] or 0) * 100
    counted = f"{figures['orders']['value']} orders of {figures['customers']['value']} customers"
    print(f"\n{counted}; {rate:.1f} % bought more than once.")


def wait_for_import(merchant: Merchant, seen: Any, patience: float = 600) -> None:
    """Ask the home page how far the import is until it has ended; DemoFailed when it ends badly.

    It ends at once where the development store plays that Shopify has not approved the app.
    """
    until = time.monotonic() + patience
    while time.monotonic() < until:
        home = merchant.read("/")
        seen(home)
        if home["stage"] == "read" or not home["approved"]:
            return
        if home["stage"] == "failed":
            raise DemoFailed(f"The import failed: {home['status']}")
        time.sleep(0.3)
    raise DemoFailed(f"The import did not end within {patience:.0f} seconds.")


def _draw(home: Mapping[str, Any]) -> None:
    total = int(home["total"] or 0)
    done = total if home["stage"] == "read" else int(home["done"] or 0)
    share = done / total if total else float(home["stage"] == "read")
    bar = "#" * round(share * BAR)
    print(f"\r[{bar:<{BAR}}] {share:4.0%} {done:,} of {total:,}" if total else f"\r[{bar:<{BAR}}]", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
