"""Runs a development store on this machine: python -m devstore --world bazaar."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from devstore import worlds
from devstore.approval import LEVELS
from devstore.faults import PRESETS, Faults
from devstore.schema import currencies
from devstore.serve import Serving
from devstore.shop import Shop
from devstore.store import DevStore

_PLACES = {
    "bazaar": ("KWD", "Asia/Kuwait", "Bazaar", "ar"),
    "souq": ("SAR", "Asia/Riyadh", "سوق الرياض", "ar"),
    "newyork": ("USD", "America/New_York", "Five Boroughs", "en"),
    "cdnow": ("USD", "America/New_York", "CDNOW", "en"),
}
_EMPTY = ("USD", "UTC", "Development store", "en")


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(prog="python -m devstore", description="A pretend Shopify on this machine.")
    parser.add_argument("--port", type=int, default=8201)
    parser.add_argument("--smtp-port", type=int, help="port on which mail is taken, 0 for any; none unless told")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--app-url", default="http://127.0.0.1:8200", help="where the app answers")
    parser.add_argument("--public-url", help="where this store answers, as the app sees it")
    parser.add_argument("--world", choices=worlds.NAMES, default="bazaar")
    parser.add_argument("--transactions", type=Path, help="CSV file with customer_id,date,amount instead of a world")
    parser.add_argument("--currency", help="currency of an empty shop or of --transactions")
    parser.add_argument("--timezone", help="zone of an empty shop or of --transactions")
    parser.add_argument("--tax", type=float, default=0.0, help="percent of tax on everything that is sold")
    parser.add_argument("--tax-included", action="store_true", help="prices include it")
    parser.add_argument("--shop", default="demo.myshopify.com")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--protected", choices=LEVELS, default="level2", help="what Shopify has approved the app for")
    parser.add_argument("--window", type=int, choices=[60], help="days of orders that the app sees: 60 instead of all")
    parser.add_argument("--faults", help=f"what goes wrong: a JSON file, or one of {', '.join(PRESETS)}")
    parser.add_argument("--bulk-seconds", type=float, default=2.0, help="how long a bulk operation takes")
    return parser.parse_args(given)


def build(chosen: argparse.Namespace, api_key: str, api_secret: str) -> DevStore:
    """A store with one shop, filled; raises ValueError or OSError for what cannot be filled."""
    store = DevStore(
        api_key,
        api_secret,
        chosen.app_url,
        chosen.public_url or f"http://{chosen.host}:{chosen.port}",
        seed=chosen.seed,
        bulk_seconds=chosen.bulk_seconds,
        faults=_faults(chosen.faults),
    )
    _fill(store, chosen)
    return store


def _faults(wish: str | None) -> Faults:
    """The profile of a preset's name or of a file; ValueError or OSError for what is neither."""
    if wish is None or wish in PRESETS:
        return PRESETS[wish or "calm"]
    match json.loads(Path(wish).read_text(encoding="utf-8")):
        case dict(given):
            return Faults.read(given)
        case _:
            raise ValueError(f"{wish} must hold one JSON object")


def _fill(store: DevStore, chosen: argparse.Namespace) -> Shop:
    currency, timezone, name, locale = _PLACES.get("" if chosen.transactions else chosen.world, _EMPTY)
    if chosen.currency and chosen.currency not in currencies():
        raise ValueError(f"{chosen.currency!r} is not a currency that Shopify knows")
    shop = store.add_shop(chosen.shop, chosen.currency or currency, chosen.timezone or timezone, name, locale)
    shop.tax_rate, shop.taxes_included = round(chosen.tax * 100), chosen.tax_included
    shop.protected, shop.window = chosen.protected, chosen.window
    if chosen.transactions:
        worlds.transactions(shop, chosen.transactions)
    else:
        worlds.load(shop, chosen.world)
    return shop


def main(given: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the exit status tells whether it could start."""
    chosen = arguments(given)
    api_key, api_secret = os.environ.get("SHOPIFY_API_KEY"), os.environ.get("SHOPIFY_API_SECRET")
    if not api_key or not api_secret:
        sys.stderr.write("development store: set SHOPIFY_API_KEY and SHOPIFY_API_SECRET to those of the app\n")
        return 2
    try:
        store = build(chosen, api_key, api_secret)
    except (ValueError, OSError, RuntimeError) as error:
        sys.stderr.write(f"development store: {error}\n")
        return 2
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    serving = Serving(store, chosen.port, chosen.host, mail_port=chosen.smtp_port)
    if not chosen.public_url:
        store.public_url = f"http://{chosen.host}:{serving.port}"
    serving.start()
    name = next(iter(store.shops.values())).short_name
    if serving.mail:
        sys.stdout.write(f"mail is taken on port {serving.mail.port}: {store.public_url}/mailbox\n")
    sys.stdout.write(f"development store ready: {store.public_url}/store/{name}\n")
    sys.stdout.flush()
    ended.wait()
    serving.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
