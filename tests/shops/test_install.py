"""Installing, losing touch, leaving, and coming back."""

import threading
import time
from datetime import timedelta

import pytest

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.lease import REFRESH, claim
from shopify_app.shops.install import FIRST_TASKS
from shopify_app.shops.model import INSTALLED, UNINSTALLED, Shop, ShopKey
from shopify_app.shops.queries import first_sight
from shopify_app.shops.token_exchange import GrantStale
from shopify_app.shops.tokens import NeedsReauth
from shopify_app.shops.uninstall import uninstalled
from shopify_app.tasks.queries import latest
from tests.shops.conftest import A, Slice
from tests.shops.token_server import refusal

B = "bravo.myshopify.com"


def leave(shops: Slice, at: Instant, domain: str = A) -> bool:
    with shops.database.transaction() as session:
        return uninstalled(session, shops.row(domain).id, at)


def states_of_tasks(shops: Slice) -> list[str]:
    with shops.database.reading() as session:
        found = [latest(session, shops.row().id, kind) for kind in FIRST_TASKS]
    return [task.state for task in found if task]


def test_a_shop_seen_for_the_first_time_gets_row_key_tokens_and_tasks(shops: Slice) -> None:
    shop = shops.install()
    row = shops.row()
    assert (row.id, row.domain, row.state, row.installed_at) == (shop, A, INSTALLED, shops.now)
    assert row.scopes == "read_customer_merge,read_customers,read_orders,read_products"
    assert states_of_tasks(shops) == ["waiting", "waiting"]
    assert shops.tokens.access_token(shop, shops.clock) == "access-1"
    with shops.database.reading() as session:
        assert session.get(ShopKey, shop) is not None


def test_opening_again_asks_shopify_nothing(shops: Slice) -> None:
    assert shops.install() == shops.install()
    assert len(shops.server.calls) == 1


def test_two_first_openings_at_once_make_one_exchange(shops: Slice) -> None:
    shops.installs._sleep = time.sleep
    shops.server.during = lambda: time.sleep(0.3)
    start, got = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        got.append(shops.install())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == [shops.row().id] * 2
    assert len(shops.server.calls) == 1


@pytest.mark.parametrize("silent", [0, 20])
def test_a_merchant_waits_for_a_dead_lease_and_then_gets_in(small_world, silent: int) -> None:
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com")
    shop.install()
    with world.wafa.database.transaction() as session:
        row = first_sight(session, shop.domain, world.clock())
        claim(session, ShopId(row.id), REFRESH, "killed", world.clock())
    world.clock.forward(silent)
    assert world.open(shop).status_code == 200


def test_a_stale_id_token_installs_nothing(shops: Slice) -> None:
    shops.server.answers = [refusal("invalid_subject_token")]
    with pytest.raises(GrantStale):
        shops.install()
    assert shops.row().state == UNINSTALLED
    assert states_of_tasks(shops) == []
    shops.install()
    assert shops.row().state == INSTALLED


def test_uninstalling_ends_tokens_and_work_and_keeps_the_rest(shops: Slice) -> None:
    shop = shops.install()
    at = shops.clock.forward(60)
    assert leave(shops, at)
    assert (shops.row().state, shops.row().uninstalled_at) == (UNINSTALLED, at)
    assert shops.pair(shop) is None
    assert states_of_tasks(shops) == ["cancelled", "cancelled"]
    with pytest.raises(NeedsReauth):
        shops.tokens.access_token(shop, shops.clock)
    assert not leave(shops, shops.clock.forward(1))
    assert shops.row().uninstalled_at == at
    assert len(shops.server.calls) == 1


def test_coming_back_keeps_id_and_key_and_starts_anew(shops: Slice) -> None:
    shop = shops.install()
    with shops.database.reading() as session:
        key = session.get(ShopKey, shop).wrapped
    leave(shops, shops.clock.forward(60))
    shops.clock.forward(60)
    assert shops.install() == shop
    row = shops.row()
    assert (row.state, row.uninstalled_at, row.installed_at) == (INSTALLED, None, shops.now)
    assert states_of_tasks(shops) == ["waiting", "waiting"]
    assert shops.tokens.access_token(shop, shops.clock) == "access-2"
    with shops.database.reading() as session:
        assert session.get(ShopKey, shop).wrapped == key


def test_a_late_uninstall_from_before_the_return_is_ignored(shops: Slice) -> None:
    shop = shops.install()
    left = shops.clock.forward(60)
    leave(shops, left)
    shops.clock.forward(60)
    shops.install()
    assert not leave(shops, left)
    assert shops.row().state == INSTALLED
    assert shops.pair(shop) is not None


def test_a_return_that_was_only_noticed_by_dead_tokens_is_protected_too(shops: Slice) -> None:
    shop = shops.install()
    left = shops.clock.forward(60)
    shops.clock.forward(3600)
    shops.server.answers = [refusal("invalid_request", 401)]
    with pytest.raises(NeedsReauth):
        shops.tokens.access_token(shop, shops.clock)
    shops.install()
    assert not leave(shops, left)
    assert shops.pair(shop) is not None


def test_tokens_past_ninety_days_are_exchanged_anew_when_the_merchant_opens(shops: Slice) -> None:
    shop = shops.install()
    shops.clock.forward(timedelta(days=90).total_seconds())
    shops.install()
    assert shops.tokens.access_token(shop, shops.clock) == "access-2"


def test_a_code_replaces_the_tokens_of_an_installed_shop(shops: Slice) -> None:
    shop = shops.install()
    assert shops.installs.by_code(A, lambda: shops.endpoint.redeem(A, "c"), shops.clock) == shop
    assert shops.tokens.access_token(shop, shops.clock) == "access-2"


def test_shops_do_not_touch_each_other(shops: Slice) -> None:
    a, b = shops.install(A), shops.install(B)
    leave(shops, shops.clock.forward(1), A)
    assert shops.tokens.access_token(b, shops.clock) == "access-2"
    with shops.database.reading() as session:
        assert {row.id: row.state for row in session.query(Shop)} == {a: UNINSTALLED, b: INSTALLED}
