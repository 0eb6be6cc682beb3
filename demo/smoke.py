"""make smoke: the whole road without a browser, acting as merchant and as Shopify; one `name value` line a figure."""

import base64
import hashlib
import hmac
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from demo.__main__ import wait_for_import
from demo.merchant import TIMEOUT, Merchant
from demo.programs import HOST, DemoFailed, Plan, running

LOG = """customer_id,date,amount
1,2025-01-15,50.00
1,2025-02-10,30.00
2,2025-01-31,40.00
2,2025-03-09,60.00
3,2025-03-05,25.00
4,2025-02-14,0.00
"""
"""By hand: 5 orders with something to pay of 3 customers, 2 of them twice; one order of nothing."""


class Smoke:
    """Collects what was checked."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.merchant = Merchant(plan)
        self.wrong = 0

    def check(self, name: str, value: Any, expected: Any) -> None:
        """Print a figure and whether it is the right one."""
        right = value == expected
        self.wrong += not right
        print(f"{name} {value}" + ("" if right else f"  WRONG, expected {expected}"), flush=True)

    def figure(self, name: str, **query: str) -> str | None:
        """One figure's value, all time unless asked otherwise."""
        return self.merchant.figures(**{"window": "all", **query})[name]["value"]

    def becomes(self, label: str, expected: str, figure: str, **query: str) -> None:
        """Wait for a figure to become what it must be after an event."""
        value = _patiently(lambda: self.figure(figure, **query), lambda value: value == expected)
        self.check(label, value, expected)


def _patiently(read: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 30) -> Any:
    until = time.monotonic() + seconds
    while not good(value := read()) and time.monotonic() < until:
        time.sleep(0.2)
    return value


def main() -> int:
    """0 when every figure is right."""
    with tempfile.TemporaryDirectory(prefix="wafa-smoke-") as place:
        log = Path(place) / "log.csv"
        log.write_text(LOG)
        world = ["--transactions", str(log), "--currency", "USD", "--timezone", "America/New_York"]
        plan = Plan(Path(place) / "data", _free_port(), _free_port(), world)
        smoke = Smoke(plan)
        try:
            with running(plan):
                for part in (_imported, _live, _refused, _gone_and_back, _proven):
                    part(smoke)
        except (DemoFailed, requests.RequestException) as problem:
            print(problem, file=sys.stderr)
            return 1
    print(f"wrong {smoke.wrong}")
    return 1 if smoke.wrong else 0


def _imported(smoke: Smoke) -> None:
    smoke.merchant.control("install")
    wait_for_import(smoke.merchant, lambda _home: None)
    smoke.check("kept_customers", smoke.figure("customers"), "3")
    smoke.check("kept_orders", smoke.figure("orders"), "5")
    smoke.check("kept_net_revenue", smoke.figure("net_revenue"), "205")
    smoke.check("kept_average_order_value", smoke.figure("average_order_value"), "41")
    smoke.check("kept_repeat_rate", smoke.figure("repeat_rate"), "0.666666666667")
    smoke.check("kept_returning_rate", smoke.figure("returning_rate"), "0.666666666667")
    smoke.check("kept_purchase_frequency", smoke.figure("purchase_frequency"), "1.666666666667")
    smoke.check("kept_customer_value", smoke.figure("customer_value"), "68.333333333333")
    smoke.check("kept_returning_revenue_share", smoke.figure("returning_revenue_share"), "0.439024390244")
    smoke.check("kept_orders_without_customer_share", smoke.figure("orders_without_customer_share"), "0")
    smoke.check("kept_orders_by_day", smoke.figure("orders", unit="day"), "5")
    smoke.check("shopify_orders", smoke.figure("orders", basis="shopify"), "6")
    smoke.check("shopify_repeat_rate", smoke.figure("repeat_rate", basis="shopify"), "0.5")
    window = {"window": "2025-02-01..2025-02-28", "as_of": "2025-02-28"}
    smoke.check("february_returning_rate", smoke.figure("returning_rate", **window), "1")


def _live(smoke: Smoke) -> None:
    placed = smoke.merchant.control("place", customer_id=None, amount="10.00")
    order_id = placed["order"]["id"]
    smoke.becomes("after_guest_order_orders", "6", "orders")
    smoke.check("after_guest_order_customers", smoke.figure("customers"), "3")
    share = smoke.figure("orders_without_customer_share")
    smoke.check("after_guest_order_orders_without_customer_share", share, "0.166666666667")
    smoke.merchant.control("refund", order_id=order_id, amount="4.00")
    smoke.becomes("after_refund_net_revenue", "211", "net_revenue")
    smoke.merchant.control("cancel", order_id=order_id)
    smoke.becomes("after_cancel_kept_orders", "5", "orders")
    smoke.check("after_cancel_shopify_orders", smoke.figure("orders", basis="shopify"), "7")
    smoke.merchant.control("delete", order_id=order_id)
    smoke.becomes("after_delete_shopify_orders", "6", "orders", basis="shopify")


def _refused(smoke: Smoke) -> None:
    app = smoke.plan.app_url
    page = requests.get(f"{app}/reports/numbers", headers={"Accept": "application/json"}, timeout=TIMEOUT)
    smoke.check("without_token", page.status_code, 401)
    body = b'{"id": 1}'
    headers = {
        "X-Shopify-Topic": "orders/delete",
        "X-Shopify-Shop-Domain": smoke.plan.domain,
        "X-Shopify-Webhook-Id": "smoke-1",
        "X-Shopify-Hmac-Sha256": "wrong",
    }
    unsigned = requests.post(f"{app}/webhooks", data=body, headers=headers, timeout=TIMEOUT)
    smoke.check("webhook_with_wrong_signature", unsigned.status_code, 401)
    digest = hmac.digest(smoke.plan.api_secret.encode(), body, hashlib.sha256)
    headers["X-Shopify-Hmac-Sha256"] = base64.b64encode(digest).decode()
    for name in ("webhook_signed", "webhook_repeated"):
        signed = requests.post(f"{app}/webhooks", data=body, headers=headers, timeout=TIMEOUT)
        smoke.check(name, signed.status_code, 200)
        smoke.check(f"{name}_is_new", signed.json()["kept"], name == "webhook_signed")


def _gone_and_back(smoke: Smoke) -> None:
    smoke.merchant.control("uninstall")
    smoke.merchant.control("install")
    smoke.becomes("after_reinstall_orders", "5", "orders")
    smoke.check("after_reinstall_net_revenue", smoke.figure("net_revenue"), "205")


def _proven(smoke: Smoke) -> None:
    """Every promise holds in the database that all this has left, while the app still runs on it."""
    settings = str(smoke.plan.directory / "env")
    prove = '. "$1" && exec "$2" -m flask --app shopify_app.app prove'
    proof = subprocess.run(["/bin/sh", "-c", prove, "sh", settings, sys.executable], capture_output=True, text=True)
    lines = proof.stdout.splitlines()
    smoke.check("promises_broken", lines[-1].removeprefix("broken ") if lines else "unknown", "0")
    if proof.returncode:
        told = [line for line in lines if not line.startswith("  holds")]
        print("\n".join(told) or proof.stderr, file=sys.stderr)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    os.environ.pop("PYTHONWARNINGS", None)
    sys.exit(main())
