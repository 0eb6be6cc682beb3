"""What customers are called, and whom a text means: asked of Shopify while somebody waits, and kept nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as sql

from shopify_app.admin_api.pacing import Pace
from shopify_app.customers.names import asking
from shopify_app.customers.names.asking import (
    DENIED,
    MOST,
    UNREACHABLE,
    UNSEARCHED,
    WITHHELD,
    find,
    names_of,
    search_text,
)
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.db.base import ShopId
from shopify_app.shops.queries import find_shop
from tests.world import World

KEY = b"l" * 32
GRAPHQL = "POST /alice.myshopify.com/admin/api/2026-10/graphql.json"


class Asked:
    """A shop with some people in it, and our questions about them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shop = world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
        with self.shop.history():
            self.noura = self.shop.create_customer("Noura", "Al-Sabah", "noura@x.test", phone="+96550001111")
            self.omar = self.shop.create_customer("عمر", "خالد", "omar_k@x-y.test")
            self.ann = self.shop.create_customer("Ann", "Norton", "ann@x.test")
            self.mail = self.shop.create_customer(email="only@x.test")
        world.install(self.shop)
        world.work()
        with world.wafa.database.reading() as session:
            row = find_shop(session, self.shop.domain)
            assert row is not None
            self.id = ShopId(row.id)

    def names(self, *customers: int) -> asking.Names:
        return names_of(self.world.wafa.admin, self.id, customers)

    def find(self, text: str) -> asking.Found:
        return find(self.world.wafa.database, self.world.wafa.admin, self.id, text, KEY)

    def calls(self) -> int:
        return self.world.adapter.calls.count(GRAPHQL)


@pytest.fixture
def alice(small_world: World) -> Asked:
    return Asked(small_world)


def test_each_customer_of_a_page_has_the_name_that_shopify_shows(alice: Asked) -> None:
    erased = OPAQUE_FROM + 1
    told = alice.names(alice.omar.id, 1, alice.mail.id, erased)
    assert told.by_customer == {alice.omar.id: "عمر خالد", 1: None, alice.mail.id: "only@x.test", erased: None}
    assert told.problem is None
    before = alice.calls()
    assert alice.names(erased).by_customer == {erased: None}
    assert alice.calls() == before, "nobody is asked for whom Shopify cannot know"
    with pytest.raises(ValueError, match="26 customers"):
        alice.names(*range(MOST + 1))


def test_what_was_asked_is_kept_nowhere(alice: Asked) -> None:
    alice.names(alice.noura.id)
    alice.find("noura")
    database = alice.world.wafa.database
    with database.reading() as session:
        tables = session.scalars(sql("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        rows = [str(tuple(row)) for table in tables for row in session.execute(sql(f'SELECT * FROM "{table}"'))]
    assert rows
    assert not [row for row in rows if "Noura" in row or "noura" in row]


@pytest.mark.parametrize(("level", "problem"), [("level1", WITHHELD), ("none", WITHHELD)])
def test_without_shopifys_approval_customers_have_numbers(alice: Asked, level: str, problem: str) -> None:
    alice.shop.approve(level)
    told = alice.names(alice.noura.id, alice.ann.id)
    assert told.by_customer == {alice.noura.id: None, alice.ann.id: None}
    assert told.problem == problem


def test_a_permission_that_was_taken_back_is_told_from_approval(alice: Asked) -> None:
    alice.shop.set_scopes(["read_orders"])
    assert alice.names(alice.noura.id).problem == DENIED
    assert alice.find("noura").problem == UNSEARCHED


def test_a_shopify_that_is_silent_costs_seconds(alice: Asked) -> None:
    alice.world.store.set_faults(alice.world.store.trouble.of(alice.shop.domain).__class__(timed_out=1.0))
    began = alice.world.clock()
    told = alice.names(alice.noura.id)
    assert (told.by_customer, told.problem) == ({alice.noura.id: None}, UNREACHABLE)
    assert (alice.world.clock() - began).total_seconds() <= sum(Pace.GLANCE.timeout)
    assert alice.find("noura").problem == UNSEARCHED


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("noura", "noura"),
        ("NOU", "noura"),
        ("noura sab", "noura"),
        ("Al-Sabah", "noura"),
        ("عمر", "omar"),
        ("خالد عمر", "omar"),
        ("ann", "ann"),
        ("ann@x.test", "ann"),
        ("omar_k@x-y.test", "omar"),
        ("+965 5000 1111", "noura"),
        ("0096550001111", "noura"),
        ("nobody", ""),
        ("  ", ""),
        ('") OR id:>0', ""),
        ("noura OR ann", ""),
    ],
)
def test_words_find_whom_they_mean(alice: Asked, text: str, who: str) -> None:
    wanted = [getattr(alice, who).id] if who else []
    found = alice.find(text)
    assert list(found.customers) == wanted
    assert not found.more
    assert found.problem is None


def test_a_number_and_a_contact_that_we_know_ask_nobody(alice: Asked) -> None:
    before = alice.calls()
    assert list(alice.find(str(alice.ann.id)).customers) == [alice.ann.id]
    assert list(alice.find("Ann@X.test").customers) == [alice.ann.id]
    assert list(alice.find("+96550001111").customers) == [alice.noura.id]
    assert alice.calls() == before


def test_who_was_merged_away_is_found_as_who_was_kept(alice: Asked) -> None:
    alice.shop.merge_customers(alice.noura.id, alice.ann.id)
    alice.world.work()
    assert list(alice.find(str(alice.ann.id)).customers) == [alice.noura.id]
    assert list(alice.find("9" * 30).customers) == []


@given(st.text(alphabet=st.sampled_from("ab :\\()\"'*<>=-_+@.,ORNDT\n\u0645"), max_size=30))
def test_no_text_means_more_to_shopify_than_its_words(text: str) -> None:
    wanted = search_text(text)
    if wanted.startswith('email:"'):
        assert not set(wanted[7:-1]) & set('"\\')
    elif not wanted.startswith("phone:+"):
        for word in wanted.split(" ") if wanted else []:
            assert word.endswith("*")
            assert not set(word[:-1]) & set(":\\()\"'*<>=-,")
            assert word == word.casefold(), "AND, OR and NOT are words like others"
