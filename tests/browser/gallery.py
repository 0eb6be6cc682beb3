"""Five shops that stand still: nothing sold, half imported, everything read, nothing to be read, much changed since."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from devstore import worlds
from devstore.shop import Shop
from shopify_app.admin_api.errors import ShopClosed
from shopify_app.clock import Instant
from shopify_app.db.base import Database
from shopify_app.db.migrate import migrate
from shopify_app.jobs.nightly import request_work
from shopify_app.reconciliation.model import Reconciliation
from shopify_app.shops.queries import find_shop
from tests.browser import odd_orders
from tests.browser.shelves import fill
from tests.browser.stage import Server, settings
from tests.conftest import MovedClock
from tests.world import World

EMPTY, IMPORTING, FULL, UNAPPROVED, CHANGED = "empty", "importing", "full", "unapproved", "changed"
STATES = (EMPTY, IMPORTING, FULL, UNAPPROVED, CHANGED)
IMPOSSIBLE = "orders_min=5&orders_max=2"
"""What nobody among the customers can be."""
MISTYPED = "points=10&per=1&wait_days=400&reward_points=500&reward=99&code_days=30"
"""What no programme can be."""
EID = "what=all&season=moon&times=1.5&first_day=1&first_month=10&last_day=3&last_month=10"
NO_RATE = "what=products&season=days&times=1&first=2026-11-30&last=2026-11-01"
NO_START = "step=get&reward=0&points=10&per=1&wait_days=14&reward_points=500&code_days=30&ends=never"
HEARTS = "called=own&one=heart&many=hearts&arabic_one=قلب&arabic_many=قلوب"
NO_NAME = "two=5"
"""A form of that name that nobody could read."""
OTHERWISE = "points=5&per=1&wait_days=14&reward_points=500&reward=1.000&code_days=30&ends=after&ends_after=365"
"""Another rule than the one that is on: less for an order, a smaller reward, and points that end."""
NO_REWARD = "kind=product&points=0&value=x"
"""What no reward can be."""
IN_SHOPIFY = "/customers/segments/ready/big-spenders"
TIMES = 12
"""Enough orders for a file of more than one piece, which is where an import can be seen half done."""
NOW = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Gallery:
    """Where the frame of each shop is; a shop is named like its state."""

    store_url: str
    orders: dict[str, str]
    """One order of each shop that has any."""
    matched: str
    """The page on which one shop's numbers lie beside those that Shopify told."""
    brought: str
    """The page of a file of balances that was looked through."""
    odd: dict[str, str]
    """The pages of the shop whose orders have changed."""
    people: dict[str, str]
    """Pages about customers of that shop, by what they show."""
    requests: dict[str, int]
    """What customers of the shop of which everything was read have asked for, by how it stands."""

    def pages(self, state: str) -> dict[str, str]:
        """The addresses to look at, by name."""
        if state == CHANGED:
            return self.odd
        found = {
            "home": "",
            "numbers": "/reports/numbers",
            "explain": "/reports/numbers/repeat_rate",
            "coming_back": "/reports/coming-back",
            "value": "/reports/value",
            "forecast": "/reports/value/forecast",
            "coming_back_sales": "/reports/coming-back?show=net_so_far&by=quarter&split=product",
            "coming_back_season": "/reports/coming-back?window=2026-02-18..2026-03-19&against=season",
            "gaps": "/reports/coming-back/gaps",
            "coming_back_people": "/reports/coming-back/people?cohort=2026-03-01&later=3",
            "export": "/settings/privacy/export",
            "settings": "/settings",
            "check": "/settings/data-check",
            "duplicates": "/customers/duplicates",
            "people": "/customers",
            "nobody": "/customers?orders_min=999",
            "impossible": f"/customers?{IMPOSSIBLE}",
            "segments": "/customers/segments",
            "segment": "/customers/segments/ready/big-spenders",
            "rule": "/customers/segments/new?copy=once-60-days-ago",
            "programme": "/loyalty",
            "programme_changed": f"/loyalty?{OTHERWISE}",
            "versions": "/loyalty/versions",
            "programme_mistyped": f"/loyalty?{MISTYPED}",
            "name": "/loyalty/name",
            "name_typed": f"/loyalty/name?{HEARTS}",
            "name_mistyped": f"/loyalty/name?{HEARTS}&of=قلب, قلوب&{NO_NAME}",
            "start": "/loyalty/start",
            "start_mistyped": f"/loyalty/start?{NO_START}",
            "start_cost": "/loyalty/start?step=cost",
            "start_launch": "/loyalty/start?step=launch",
            "cost": "/loyalty/cost",
            "gift": "/loyalty/gift",
            "brought": "/loyalty/import",
            "rewards": "/loyalty/rewards",
            "reward_typed": "/loyalty/rewards?kind=percent&points=300&percent=20",
            "credit_typed": "/loyalty/rewards?kind=credit&points=250&value=0.750",
            "reward_mistyped": f"/loyalty/rewards?{NO_REWARD}",
            "rates": "/loyalty/rates",
            "rate_typed": f"/loyalty/rates?{EID}",
            "rate_mistyped": f"/loyalty/rates?{NO_RATE}",
            "points_log": "/loyalty/log",
            "points_ending": "/loyalty/ending",
            "left_carts": "/messages",
            "left_carts_of_a_reason": "/messages?reason=never_asked",
            "match": "/reports/match?window=2026-10-01..2026-10-31&shopify_orders=1033&shopify_customers=12",
            "privacy": "/settings/privacy",
            "access": "/settings/privacy/access",
        }
        if state == FULL:
            found["segment"], found["rule"] = "/customers/segments/1", "/customers/segments/1/edit"
            found["in_shopify"] = IN_SHOPIFY
            found |= {name: f"/settings/privacy/requests/{number}" for name, number in self.requests.items()}
            found["matched"], found["brought_file"] = self.matched, self.brought
            found |= {name: f"/customers/{path}" for name, path in self.people.items()}
        if state in self.orders:
            found["order"] = f"/reports/orders/{self.orders[state]}"
        return found


@contextmanager
def hung(directory: Path, *, large: bool) -> Iterator[Gallery]:
    """Serve the five; nothing works in the background and the clock stands. `large` fills two of them amply."""
    app_server, store_server = Server(), Server()
    config = settings(app_server.url, store_server.url, directory)
    database = Database(config.database_url)
    migrate(database)
    world = World(config, database, MovedClock(NOW), directory)
    odd = odd_orders.lived(world, _shop(world, CHANGED, "USD"))
    orders, requests = _filled(world, large)
    people = _people(world, world.store.shops[f"{FULL}.myshopify.com"])
    matched = _matched(world, f"{FULL}.myshopify.com")
    _segments(world, f"{FULL}.myshopify.com")
    _programme(world, world.store.shops[f"{FULL}.myshopify.com"], int(people["points"].partition("/")[0]))
    brought = _brought(world, world.store.shops[f"{FULL}.myshopify.com"])
    # Last: whoever has the world work, has it read the rest.
    orders[IMPORTING] = _half_imported(world, world.store.shops[f"{IMPORTING}.myshopify.com"])
    app_server.start(world.app)
    store_server.start(world.store.wsgi)
    try:
        yield Gallery(store_server.url, orders, matched, brought, odd, people, requests)
    finally:
        app_server.stop()
        store_server.stop()
        database.close()


def _filled(world: World, large: bool) -> tuple[dict[str, str], dict[str, int]]:
    shops = {state: _shop(world, state) for state in STATES if state != CHANGED}
    for state, times in ((IMPORTING, TIMES), (FULL, 1)):
        if large:
            worlds.load(shops[state], "bazaar")
        else:
            fill(shops[state], world.clock(), times)
    shops[UNAPPROVED].approve("none")
    for state in (EMPTY, FULL, UNAPPROVED):
        world.install(shops[state])
    world.work()
    _nights(world, shops[FULL])
    requests = _asked_for(world, shops[FULL])
    _broken_off(world, shops[EMPTY])
    orders = {FULL: _an_order(world, shops[FULL])}
    _change(world, shops[FULL], int(orders[FULL]))
    return orders, requests


def _half_imported(world: World, shop: Shop) -> str:
    """One piece of the file: the newest orders are in and counted, the others are not. One of its orders."""
    world.install(shop)
    with mock.patch("shopify_app.jobs.import_orders.HALTS", (1,)):
        while not world.json(shop, "/reports/numbers/repeat_rate")["orders"]:
            world.step_tasks()
    if world.json(shop, "/")["stage"] == "read":
        raise ValueError("everything has been read")
    return _an_order(world, shop)


def _asked_for(world: World, shop: Shop) -> dict[str, int]:
    """An answer that waits, one that was handed out, one that is gone, and an erasure that has been searched for."""
    waiting, handed, gone = [person.id for person in shop.customers.values() if len(person.orders) == 3][:3]
    erased_now = next(person.id for person in shop.customers.values() if len(person.orders) == 4)
    now = world.clock.now
    world.clock.forward(-3 * 24 * 3600)
    for person in (handed, gone):
        shop.request_data(person)
        world.work()
    # Newest first, as on the page.
    _, first = world.json(shop, "/settings/privacy")["requests"]
    world.open(shop, f"/settings/privacy/requests/{first['request']}/file")
    for command in (["data-requests"], ["trace", "1001"]):
        world.app.test_cli_runner().invoke(args=[*command, "--shop", shop.domain])
    shop.redact_customer(gone)
    for _ in range(7):
        world.work()
        world.clock.forward(3600)
    world.clock.now = now
    shop.request_data(waiting)
    world.work()
    shop.redact_customer(erased_now)
    world.work()
    numbers = [one["request"] for one in world.json(shop, "/settings/privacy")["requests"]]
    return dict(zip(("searching", "answer", "certificate", "gone", "handed"), numbers, strict=True))


def _change(world: World, shop: Shop, order_id: int) -> None:
    """An exchange, something added, and some of the money back: an order of which there is much to tell."""
    first = shop.orders[order_id].lines[0]
    shop.edit(order_id, [{"price": "6.750"}], {first.id: 1})
    shop.edit(order_id, [{"price": "2.500"}])
    shop.refund(order_id, amount="1.250")
    world.work()


def _matched(world: World, domain: str) -> str:
    """Where the app leads to when Shopify tells this month's numbers, whose last hours it does not know yet."""
    shop = world.store.shops[domain]
    world.clock.forward(60)
    shop.set_scopes([*world.store.scopes, *world.store.optional_scopes])
    shop.place_order(next(iter(shop.customers)), [{"price": "7.250"}])
    world.work()
    shop.reports = shop.reports.changed({"behind": 1, "returning": "now"})
    headers = {"Authorization": f"Bearer {shop.id_token()}"}
    body = {"window": f"{NOW:%Y-%m}-01..{NOW:%Y-%m}-30"}
    go: str = world.client.post("/reports/match/shopify", json=body, headers=headers).get_json()["go"]
    return go.partition("&shop=")[0]


def _people(world: World, shop: Shop) -> dict[str, str]:
    """Whoever bought most, and somebody who bought once."""
    most = world.json(shop, "/customers?sort=-orders")["customers"][0]["customer_id"]
    once = world.json(shop, "/customers?bought=once")["customers"][0]["customer_id"]
    return {
        "regular": most,
        "once": once,
        "their_orders": f"{most}/orders",
        "kept": f"{most}/data",
        "points": f"{most}/points",
        "by_hand": f"{most}/points?by_hand=120&way=give",
    }


def _segments(world: World, domain: str) -> None:
    """One of the merchant's own that asks much, one that was deleted, and one that is in Shopify with a tag."""
    headers = {"Authorization": f"Bearer {world.store.shops[domain].id_token()}"}
    asked = [("orders", "at_least", "2"), ("spend", "at_least", "12.500"), ("first_order_day", "since", "2025-01-31")]
    either = [("last_order", "at_least", "60"), ("group", "is_not", "best")]
    all_of, any_of = (
        [dict(zip(("field", "is", "value"), one, strict=True)) for one in ones] for ones in (asked, either)
    )
    rule = {"match": "all", "parts": [*all_of, {"match": "any", "parts": any_of}]}
    for name in ("عملاء العيد", "Regulars of last year"):
        made = world.client.post("/customers/segments", json={"name": name, "rule": rule}, headers=headers).get_json()
    world.client.post(f"/customers/segments/{made['segment']}/delete", json={}, headers=headers)
    world.client.post(f"{IN_SHOPIFY}/shopify", json={"tag": "عميل مميز"}, headers=headers)
    world.work()


def _programme(world: World, shop: Shop, customer: int) -> None:
    """A programme that has been on for three weeks: points to be spent, points pending, and some taken back."""
    now = world.clock.now
    world.clock.now = Instant(now - timedelta(days=21))
    typed = {
        "points": "10",
        "per": "1",
        "wait_days": "14",
        "reward_points": "500",
        "reward": "1.500",
        "code_days": "30",
        "first_order": "50",
        "joined": "50",
        "agreed": "25",
        "birthday": "100",
        "most_a_month": "150",
        "ends": "quiet",
        "ends_after": "365",
    }
    world.client.post("/loyalty/switch-on", json=typed, headers={"Authorization": f"Bearer {shop.id_token()}"})
    others = [person.id for person in shop.customers.values() if person.orders and person.id != customer][:3]
    for buyer, ago, price in (
        (customer, 20, "142.500"),
        (customer, 9, "18.250"),
        *((one, 18, "31.000") for one in others),
    ):
        world.clock.now = Instant(now - timedelta(days=ago))
        order = shop.place_order(buyer, [{"price": price}])
        world.clock.forward(3600)
        shop.sending.send(order.id)
        world.work()
    shop.refund(order.id, amount="11.000")
    world.clock.now = now
    request_work(world.wafa.database, now)
    world.work()
    headers = {"Authorization": f"Bearer {shop.id_token()}"}
    deed = {"deed": "d" * 32, "points": "75", "reason": "The parcel came late"}
    world.client.post(f"/customers/{customer}/points/by-hand", json=deed, headers=headers)
    world.client.post("/loyalty/gift/count", json={"gift": "e" * 32, "months": "12"}, headers=headers)
    world.client.post("/loyalty/cost/work-out", json=typed | {"reward": "2.500"}, headers=headers)
    credit = {"kind": "credit", "points": "250", "value": "0.750"}
    for typed in ({"kind": "percent", "points": "300", "percent": "15"}, {"kind": "shipping", "points": "200"}, credit):
        world.client.post("/loyalty/rewards/add", json=typed, headers=headers)
    days = {"season": "days", "first": "2026-11-15", "last": "2026-11-30"}
    for typed in (
        {"season": "ramadan", "times": "2"},
        days | {"times": "1.5"},
        days | {"times": "3", "first": "2026-11-27"},
    ):
        world.client.post("/loyalty/rates/add", json={"what": "all", **typed}, headers=headers)
    for reward, prize in (("c" * 32, 0), ("d" * 32, 1), ("e" * 32, 3)):
        sent = {"reward": reward, "prize": _prize(world, shop, prize)}
        world.client.post(f"/customers/{customer}/points/redeem", json=sent, headers=headers)
        world.work()
    world.client.post(f"/customers/{customer}/points/take-back", json={"reward": "d" * 32}, headers=headers)
    world.work()


def _brought(world: World, shop: Shop) -> str:
    """A file of another app with lines of every kind."""
    people = [person for person in shop.customers.values() if person.orders and person.email][:24]
    text = "Name,Email,Phone,Points Balance\n" + "".join(
        f"N,{one.email},,{at * 12_345}\n" for at, one in enumerate(people)
    )
    text += f"X,stranger@example.com,,120\nY,other@example.com,,1.234\nZ,{people[3].email},,7\nW,,,50\n"
    headers = {"Authorization": f"Bearer {shop.id_token()}", "Content-Type": "text/csv", "Accept": "application/json"}
    go: str = world.client.post("/loyalty/import", data=text.encode(), headers=headers).get_json()["go"]
    world.work()
    return go.partition("?")[0]


def _prize(world: World, shop: Shop, number: int) -> str:
    """The id of a reward of the programme."""
    return str(world.json(shop, "/loyalty/rewards")["rewards"][number]["id"])


def _nights(world: World, shop: Shop) -> None:
    """Thirty reports: calm ones, one with something to mend, one that Shopify kept from its end."""
    with world.wafa.database.transaction() as session:
        mine = find_shop(session, shop.domain).id
        for ago in range(1, 31):
            found = {"missing": 2, "stale": 1, "merged": 1} if ago == 3 else {}
            trouble = {"trouble": ShopClosed().message} if ago == 5 else {"drift": 0}
            times = {"started_at": world.clock(), "finished_at": None if ago == 5 else world.clock()}
            night = world.clock().date() - timedelta(days=ago)
            counts = {} if ago == 5 else {"orders": 37 * ago, "days": 61}
            session.add(Reconciliation(shop_id=mine, night=night, **counts, **times, **found, **trouble))


def _broken_off(world: World, shop: Shop) -> None:
    """One report: Shopify kept the only night from its end."""
    with world.wafa.database.transaction() as session:
        mine, night = find_shop(session, shop.domain).id, world.clock().date() - timedelta(days=1)
        trouble = ShopClosed().message
        session.add(Reconciliation(shop_id=mine, night=night, started_at=world.clock(), trouble=trouble))


def _shop(world: World, state: str, currency: str = "KWD") -> Shop:
    return world.store.add_shop(
        f"{state}.myshopify.com", currency=currency, timezone="Asia/Kuwait", name="Bazaar", primary_locale="ar"
    )


def _an_order(world: World, shop: Shop) -> str:
    return str(world.json(shop, "/reports/numbers/repeat_rate")["orders"][0]["order_id"])
