"""A walk over every route there is, and so over those to come: nobody without a token, nothing of another shop."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Blueprint, Flask, request
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import Client, TestResponse

from shopify_app.app import create_app
from shopify_app.db.base import Base, ShopId
from shopify_app.embedded.answers import RETRY_HEADER
from shopify_app.embedded.guard import is_public
from shopify_app.loyalty.brought.queries import add_file
from shopify_app.loyalty.by_hand.giving import Deed, do_by_hand
from shopify_app.loyalty.gift.queries import add_gift
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.programme.form import ready
from shopify_app.loyalty.programme.queries import add_version
from shopify_app.orders.model import Order
from shopify_app.privacy.requests.queries import answered
from shopify_app.retention.people.views.queries import add_view
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.queries import latest
from tests.world import World

PUBLIC = {
    "/auth",
    "/auth/callback",
    "/auth/patch-id-token",
    "/healthz",
    "/metrics",
    "/readyz",
    "/static/<path:filename>",
}
"""Every route that answers without an ID token; a new one is a decision to be taken here."""

SHARED = {"name": "repeat_rate", "ready": "best"}
"""Arguments of rules that mean the same in every shop, each with a value that exists."""

UNKNOWN = {
    "task_id": "f" * 32,
    "order_id": 999_999_999_999,
    "request_id": 999_999_999,
    "segment_id": 999_999_998,
    "customer_id": 999_999_999_999,
    "view_id": "e" * 32,
    "deed": "d" * 32,
    "gift_id": "9" * 32,
    "file_id": "7" * 32,
}
"""Arguments that name something of one shop, each with a value that no shop has."""

ALSO_SENT_AS = ("after", "before", "id", "ids", "task", "order", "customer")
"""Further names under which ids are sent in query and body."""


@dataclass
class Walk:
    """Two shops with an order each, and requests to every panel as a merchant of one of them."""

    world: World
    app: Flask
    a: Any
    b: Any
    owned: dict[str, Any]

    def rules(self) -> Iterator[tuple[Rule, str]]:
        with self.app.app_context():
            for rule in self.app.url_map.iter_rules():
                if not is_public(rule.endpoint):
                    yield from ((rule, method) for method in sorted(rule.methods - {"HEAD", "OPTIONS"}))

    def path(self, rule: Rule, ids: dict[str, Any]) -> str:
        """The rule's address with these ids; fails for an argument that this walk has no id for."""
        values = {name: (SHARED | ids)[name] for name in rule.arguments}
        return self.app.url_map.bind("app.test").build(rule.endpoint, values, method=None)

    def ask(self, method: str, path: str, shop: Any, sent: dict[str, Any], accept: str) -> TestResponse:
        headers = {"Accept": accept, "X-Request-Id": "walk"}
        if shop is not None:
            headers["Authorization"] = f"Bearer {shop.id_token()}"
        body = {"json": sent} if method != "GET" else {}
        return Client(self.app).open(path, method=method, query_string=sent, headers=headers, **body)


def names(ids: dict[str, Any]) -> dict[str, Any]:
    """The ids under every name by which a panel might take them."""
    return {**ids, **dict.fromkeys(ALSO_SENT_AS, ids["order_id"])}


def told(answer: TestResponse, ids: dict[str, Any]) -> tuple[int, str]:
    """What an answer says, without what differs between any two requests or only repeats what was asked."""
    text = re.sub(r'(nonce|data-etag)="[^"]*"|data-spent>[^<]*<', "", answer.text)
    for value in (*ids.values(), *UNKNOWN.values()):
        text = re.sub(rf"\b{value}\b", "ID", text)
    return answer.status_code, text


DEED, GIFT, FILE = "c" * 32, "8" * 32, "6" * 32


@pytest.fixture
def walk(small_world: World) -> Walk:
    return make_walk(small_world, small_world.app)


def make_walk(world: World, app: Flask) -> Walk:
    a, b = (world.store.add_shop(f"{name}.myshopify.com") for name in ("alice", "bob"))
    for shop in (a, b):
        world.install(shop)
    noura = a.create_customer("Noura", "A", "noura@example.com", "ar").id
    a.request_data(noura)
    ordered = [shop.place_order(lines=[{"price": "10.00", "quantity": 1, "title": "Oud"}]) for shop in (a, b)]
    world.work()
    with world.wafa.database.reading() as session:
        alice = find_shop(session, a.domain)
        task = latest(session, ShopId(alice.id), "import_orders")
        (asked,) = answered(session, ShopId(alice.id))
        assert session.get(Order, (alice.id, ordered[0].id)) is not None
    # Not the first of its shop: that number is any shop's first.
    segments = [world.client.post("/customers/segments", json=named, headers=_signed(a)) for named in SEGMENTS]
    with world.wafa.database.transaction() as session:
        view = add_view(session, ShopId(alice.id), "Mine", "late=1", "1", world.clock())
        key, rule = ledger_key(world.wafa.config.lookup_key, alice.id), ready("USD")["simple"]
        do_by_hand(session, ShopId(alice.id), key, noura, Deed(DEED, 10, "Late parcel"), rule, "1", world.clock())
        nobodys = dict.fromkeys(("people", "points", "taken_back"), 0)
        moments = dict.fromkeys(("since", "until", "asked_at"), world.clock())
        kept = {"gift_id": GIFT, "state": "given", "months": 3, "most": None, "rule": 1, "actor": "1"}
        add_gift(session, ShopId(alice.id), kept | nobodys | moments)
        add_version(session, ShopId(alice.id), rule, "1", world.clock())
        brought = {"file_id": FILE, "digest": "", "again": False, "rule": 1, "actor": "1", "asked_at": world.clock()}
        add_file(session, ShopId(alice.id), brought)
    owned = {"task_id": task.id, "order_id": ordered[0].id, "request_id": asked.id, "customer_id": noura}
    owned |= {
        "view_id": view,
        "deed": DEED,
        "gift_id": GIFT,
        "file_id": FILE,
        "segment_id": segments[-1].get_json()["segment"],
    }
    return Walk(world, app, a, b, owned)


SEGMENTS = [
    {"name": name, "rule": {"match": "all", "parts": [{"field": "late", "is": "is", "value": "yes"}]}}
    for name in ("Late", "Later", "Latest")
]


def _signed(shop: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {shop.id_token()}", "Accept": "application/json"}


def rows_of(walk: Walk, shop: Any) -> list[Any]:
    """Everything that the database holds of a shop."""
    with walk.world.wafa.database.reading() as session:
        shop_id = find_shop(session, shop.domain).id
        found = [session.execute(select(Base.metadata.tables["shop"]).filter_by(id=shop_id)).all()]
        for table in Base.metadata.sorted_tables:
            if "shop_id" in table.c:
                found.append((table.name, session.execute(select(table).where(table.c.shop_id == shop_id)).all()))
        return found


def stands_open(walk: Walk) -> list[str]:
    """Panels that answer a caller without a token."""
    found = []
    for rule, method in walk.rules():
        path = walk.path(rule, walk.owned)
        as_json = walk.ask(method, path, None, {}, "application/json")
        as_page = walk.ask(method, path, None, {"shop": walk.a.domain}, "text/html")
        refused = as_json.status_code == 401 and as_json.headers.get(RETRY_HEADER) == "1"
        bounced = as_page.status_code == (302 if method == "GET" else 401)
        if not refused or not bounced:
            found.append(f"{method} {rule}")
    return found


def leaks(walk: Walk, under: str = "/") -> list[str]:
    """Panels that treat another shop's ids differently from ids that nobody has."""
    found = []
    for rule, method in walk.rules():
        if not rule.rule.startswith(under):
            continue
        for accept in ("application/json", "text/html"):
            asked = {"path": walk.owned}, {"sent": walk.owned}, {"path": walk.owned, "sent": walk.owned}
            found += [f"{method} {rule} {set(one)}" for one in asked if _differs(walk, rule, method, accept, **one)]
    return found


def _differs(walk: Walk, rule: Rule, method: str, accept: str, **theirs: dict[str, Any]) -> bool:
    both = []
    for ids in (theirs, dict.fromkeys(theirs, UNKNOWN)):
        path = walk.path(rule, ids.get("path", UNKNOWN))
        answer = walk.ask(method, path, walk.b, names(ids["sent"]) if "sent" in ids else {}, accept)
        # The same in both: one of the ids may be as short as another number on the page.
        both.append(told(answer, walk.owned | names(walk.owned)))
    assert both[0][0] < 500, f"{method} {rule}: {both[0]}"
    names_something = rule.arguments - set(SHARED)
    return both[0] != both[1] or (bool(names_something) and both[0][0] != 404)


def test_only_the_listed_routes_are_public(walk: Walk) -> None:
    panels = {rule.rule for rule, _method in walk.rules()}
    assert {rule.rule for rule in walk.app.url_map.iter_rules()} - panels == PUBLIC


def test_the_walk_meets_panels(walk: Walk) -> None:
    met = [f"{method} {rule}" for rule, method in walk.rules()]
    assert {"GET /", "GET /reports/numbers", "GET /settings/tasks/<task_id>"} <= set(met)


def test_no_panel_answers_without_a_token(walk: Walk) -> None:
    assert stands_open(walk) == []


def test_the_ids_of_the_walk_are_real(walk: Walk) -> None:
    for rule, method in walk.rules():
        if method == "GET" and rule.arguments:
            answer = walk.ask(method, walk.path(rule, walk.owned), walk.a, {}, "text/html")
            assert answer.status_code == 200, rule
            assert walk.ask(method, walk.path(rule, UNKNOWN), walk.a, {}, "text/html").status_code in (200, 404)


def test_another_shops_ids_are_ids_that_nobody_has(walk: Walk) -> None:
    before = rows_of(walk, walk.a)
    assert leaks(walk) == []
    assert rows_of(walk, walk.a) == before


# The walk is only worth something if it finds what it looks for.


def planted(world: World, view: Any, rule: str, method: str = "GET") -> Walk:
    app = create_app(wafa=world.wafa)
    blueprint = Blueprint("planted", __name__)
    blueprint.add_url_rule(rule, view_func=view, methods=[method])
    app.register_blueprint(blueprint)
    return make_walk(world, app)


def any_order(world: World, order_id: int) -> Order | None:
    with world.wafa.database.reading() as session:
        return session.scalar(select(Order).where(Order.order_id == order_id))


def test_it_finds_a_panel_that_shows_another_shops_order(small_world: World) -> None:
    def planted_view(order_id: int) -> Any:
        found = any_order(small_world, order_id)
        return (found.name, 200) if found else ("", 404)

    walk = planted(small_world, planted_view, "/planted/<int:order_id>")
    assert any(leak.startswith("GET /planted/<int:order_id>") for leak in leaks(walk, "/planted"))


def test_it_finds_a_panel_that_admits_that_an_order_exists(small_world: World) -> None:
    def planted_view(order_id: int) -> Any:
        return ("not yours", 404) if any_order(small_world, order_id) else ("", 404)

    walk = planted(small_world, planted_view, "/planted/<int:order_id>")
    assert any("/planted/" in leak for leak in leaks(walk, "/planted"))


def test_it_finds_a_panel_that_takes_another_shops_order_from_the_body(small_world: World) -> None:
    def planted_view() -> Any:
        return "yes" if any_order(small_world, request.get_json().get("order")) else "no"

    walk = planted(small_world, planted_view, "/planted", "POST")
    assert "POST /planted {'sent'}" in leaks(walk, "/planted")


def test_it_fails_for_an_argument_it_has_no_id_for(small_world: World) -> None:
    walk = planted(small_world, lambda reward_id: reward_id, "/planted/<int:reward_id>")
    with pytest.raises(KeyError, match="reward_id"):
        leaks(walk, "/planted")


def test_it_finds_a_panel_without_a_guard(small_world: World) -> None:
    walk = planted(small_world, lambda: "open", "/planted")
    walk.app.before_request_funcs[None] = []
    assert "GET /planted" in stands_open(walk)
