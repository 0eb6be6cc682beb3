"""make probe: our own store confirms what we assume of Shopify, a store that behaves otherwise refutes it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from graphql import parse, validate

from demo import probe, probes_asking, probes_writing
from demo.probes_asking import CONFIRMED, REFUTED, UNTESTABLE, Shop, Verdict
from devstore.faults import Faults
from devstore.schema import admin_schema
from devstore.store import DevStore
from tests.devstore.conftest import SECRET, Watch, exchange
from tests.world import WsgiAdapter

DOMAIN = "demo.myshopify.com"


class Probing:
    """A store with something of everything, and its shop as the probes see it."""

    def __init__(self, scopes=None, **kwargs) -> None:
        self.watch = Watch()
        self.store = DevStore("key", SECRET, "http://app.test", "http://store.test", clock=self.watch, **kwargs)
        self.shop = self.store.add_shop(DOMAIN, currency="KWD", timezone="Asia/Kuwait")
        self.shop.install(scopes or [*self.store.scopes, *self.store.optional_scopes])
        for number in range(30):
            self.live(number)
        token = exchange(self.shop, self.store.wsgi.test_client()).get_json()["access_token"]
        self.far = Shop(DOMAIN, token, "http://store.test", http=requests.Session(), sleep=self.sleep)
        self.far.http.mount("http://", WsgiAdapter(self.store.wsgi, self.sleep))

    def sleep(self, seconds: float) -> None:
        self.watch.forward(seconds=seconds)

    def live(self, number: int) -> None:
        card = self.shop.add_product("Card", "25", gift_card=True)
        lines = [
            {"price": "10.125", "quantity": 3},
            {"price": "25", "gift_card": True, "product_id": card.id, "quantity": 1},
        ]
        order = self.shop.place_order(None, lines, discount="1.001" if number % 2 else "0", shipping="2")
        if number % 3 == 0:
            self.shop.refund(order.id, lines={order.lines[0].id: 2})
        if number % 5 == 0:
            self.shop.refund(order.id, "1.5")
        self.watch.forward(minutes=31)

    def say(self, write: bool = False) -> dict[int, tuple[str, str]]:
        said: list[str] = []
        self.refuted = probe.run(self.far, write, said.append)
        found = (re.fullmatch(r"(confirmed|refuted|not testable) +(\d+)  (.+)", line) for line in said)
        return {int(one[2]): (one[1], one[3]) for one in found if one}


def test_our_own_store_refutes_nothing_and_confirms_what_can_be_asked():
    probing = Probing()
    said = probing.say()
    assert probing.refuted == 0
    assert list(said) == [row.number for row in probe.rows()]
    confirmed = {number for number, (word, _) in said.items() if word == CONFIRMED}
    assert confirmed == set(probe.READING) - {30, 31}


def test_it_holds_out_against_a_store_that_stumbles():
    probing = Probing()
    probing.store.set_faults(Faults(throttled=0.2, too_many=0.2))
    probing.say()
    assert probing.refuted == 0


def test_every_row_says_whether_it_is_probed():
    for row in probe.rows():
        expected = ("yes", "in part: ") if row.number in probe.READING else "no: "
        expected = "WRITE=1" if row.number in probe.WRITING else expected
        assert row.probe.startswith(expected), row
    rows = re.findall(r"^\| \d+ \|", probe.PAPER.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == len(list(probe.rows())) == len({row.number for row in probe.rows()})


@pytest.mark.parametrize("document", [probes_asking._NEWEST, probes_asking._DETAILED])
def test_the_documents_of_the_probes_are_valid(document):
    assert validate(admin_schema(), parse(document)) == []


def bent(part: str, change: Callable[[dict], object]) -> Callable[[Probing], None]:
    """Each record of a list that the probes read, changed on its way."""

    def bend(probing: Probing) -> None:
        for record in getattr(probing.far, part):
            change(record)

    return bend


def lines(order):
    return order["lineItems"]["nodes"]


def shifted(order):
    order["processedAt"] = "2020-01-01T00:00:00Z"


LIES = {
    4: bent("detailed", lambda order: [line["discountAllocations"].clear() for line in lines(order)[:1]]),
    5: bent("detailed", lambda order: order.update(currentSubtotalPriceSet=order["subtotalPriceSet"])),
    6: bent("detailed", lambda order: [line.update(quantity=line["currentQuantity"]) for line in lines(order)]),
    8: bent("detailed", lambda order: [line.update(isGiftCard=False) for line in lines(order)]),
    9: bent("newest", shifted),
    20: lambda probing: probing.far.newest.reverse(),
    48: bent("newest", lambda order: order.update(updatedAt=order["updatedAt"].replace("Z", ".25Z"))),
}


@pytest.mark.parametrize("number", LIES)
def test_a_shop_that_behaves_otherwise_refutes_it(number):
    probing = Probing()
    LIES[number](probing)
    assert probe.READING[number](probing.far).word == REFUTED


REPORTS: dict[int, dict[str, Any]] = {
    78: {"parseErrors": [], "tableData": {"rows": [{"orders": "many"}]}},
    79: {"parseErrors": [], "tableData": {"rows": [{"orders": "1"}]}},
    80: {
        "parseErrors": [],
        "tableData": {"rows": [{"returning_customer_rate": "25", "discounts": "-1", "sales_reversals": "0"}]},
    },
}


@pytest.mark.parametrize("number", REPORTS)
def test_reports_that_are_made_otherwise_refute_it(number):
    probing = Probing()
    told = probing.far.data

    def bent_data(query: str, /, **variables: object) -> dict[str, Any]:
        return {"shopifyqlQuery": REPORTS[number]} if "shopify_report" in query else told(query, **variables)

    probing.far.data = bent_data
    assert probe.READING[number](probing.far).word == REFUTED


def test_a_renamed_column_and_a_missing_permission_are_told_apart():
    probing = Probing()
    probing.shop.reports = probing.shop.reports.changed({"unknown": ["orders"]})
    assert "'orders'" in probe.READING[78](probing.far).grounds
    bare = Probing(scopes=["read_orders"])
    word, grounds = bare.say()[78]
    assert word == UNTESTABLE
    assert grounds.endswith("(the token does not have read_reports)")


def answered(**bodies: object) -> Callable[..., probes_asking.Reply]:
    """Answers by a word that the query holds."""

    def ask(query: str, /, **_: object) -> probes_asking.Reply:
        body = next(body for word, body in bodies.items() if word in query)
        return probes_asking.Reply(200, body)

    return ask


@pytest.mark.parametrize(
    ("number", "body"),
    [
        (23, {"data": {"bulkOperation": {"id": "1"}}}),
        (24, {"errors": [{"extensions": {"code": "ACCESS_DENIED"}}]}),
        (30, {"data": {}}),
        (37, {"data": {}}),
        (40, {"data": {}}),
        (41, {"data": {}}),
        (45, {"data": {"orders": {"nodes": []}}}),
        (46, {"data": {"orders": {"nodes": []}, "ordersCount": {"count": 9, "precision": "EXACT"}}}),
        (47, {"data": {"nodes": []}}),
    ],
)
def test_another_answer_refutes_it(monkeypatch, number, body):
    probing = Probing()
    assert probing.far.newest
    assert probing.far.scopes
    monkeypatch.setattr(probing.far, "ask", answered(**{"": body}))
    assert probe.READING[number](probing.far).word == REFUTED


def test_a_file_that_is_cut_refutes_what_was_counted(monkeypatch):
    probing = Probing()
    probing.store.set_faults(Faults(file_cut=1.0))
    assert probe.READING[52](probing.far).word == REFUTED


def test_an_empty_shop_can_say_little():
    probing = Probing()
    probing.shop.orders.clear()
    probing.shop.revision += 1
    said = probing.say()
    assert probing.refuted == 0
    assert said[4] == (
        UNTESTABLE,
        next(row.assumed for row in probe.rows() if row.number == 4) + " (this shop shows no orders with a discount)",
    )


def test_a_permission_that_is_missing_is_missed():
    far = Probing(scopes=["read_orders", "read_all_orders", "read_products"]).far
    assert probe.READING[30](far).word == CONFIRMED


def test_a_token_that_may_only_write_shows_that_writing_covers_reading():
    far = Probing(scopes=["write_orders", "read_products", "read_customers"]).far
    assert probe.READING[31](far).word == CONFIRMED


def test_nothing_is_written_where_it_may_not_be():
    probing = Probing()
    assert probing.say(write=True)[44] == (
        UNTESTABLE,
        next(row.assumed for row in probe.rows() if row.number == 44) + " (this shop's schema has no orderCreate)",
    )


def written(found_after: int) -> Callable[..., probes_asking.Reply]:
    """A development store that can make orders, and finds a new one at that attempt."""
    order = {"id": "gid://shopify/Order/5", "createdAt": "2026-11-21T09:00:00Z"}
    asked = iter(range(1, 10_000))

    def ask(query: str, /, **variables: object) -> probes_asking.Reply:
        if "probe_lag" in query:
            found = [order] if next(asked) >= found_after else []
            return probes_asking.Reply(
                200, {"data": {"ordersCount": {"count": len(found)}, "orders": {"nodes": found}}}
            )
        shop = {"plan": {"partnerDevelopment": True}, "currencyCode": "KWD"}
        types = {"fields": [{"name": "orderCreate"}]}
        made = {"order": order, "userErrors": []}
        scopes = {"accessScopes": [{"handle": "write_orders"}]}
        data = {"shop": shop, "__type": types, "orderCreate": made, "currentAppInstallation": scopes}
        return probes_asking.Reply(200, {"data": data})

    return ask


@pytest.mark.parametrize(("found_after", "word"), [(3, CONFIRMED), (1000, REFUTED)])
def test_how_long_a_search_lags_is_measured(monkeypatch, found_after, word):
    far, slept = Shop(DOMAIN, "token"), list[float]()
    far.sleep = slept.append
    monkeypatch.setattr(far, "ask", written(found_after))
    assert probes_writing.search_lag(far).word == word
    assert sum(slept) <= probes_writing.PATIENCE + 5
    assert (sum(slept) == 10) is (word == CONFIRMED)


def test_the_command_says_what_it_needs_and_ends_with_what_it_found(monkeypatch, capsys):
    assert probe.main({}) == 2
    assert probe.main({"SHOP": "evil.example", "TOKEN": "x"}) == 2
    assert "SHOP=name.myshopify.com" in capsys.readouterr().err
    probing = Probing()
    monkeypatch.setattr(probe, "Shop", lambda *_: probing.far)
    asked = {"SHOP": DOMAIN, "TOKEN": "x"}
    assert probe.main(asked) == 0
    monkeypatch.setitem(probe.READING, 4, lambda _shop: Verdict(REFUTED, "planted"))
    assert probe.main(asked) == 1
    assert "refuted" in capsys.readouterr().out
    probing.store.set_faults(Faults(html_error=1.0))
    assert probe.main(asked) == 2
    assert "cannot be asked" in capsys.readouterr().err
