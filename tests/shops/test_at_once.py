"""A shop that is uninstalled, redacted and installed at the same moment: whoever comes second sees what the first did.

On PostgreSQL alone; SQLite lets one write at a time.
"""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shopify_app.privacy.redact import redact_shop
from shopify_app.shops.install import installed
from shopify_app.shops.model import INSTALLED, UNINSTALLED
from shopify_app.shops.queries import change_settings, find_shop, set_scopes, touch
from shopify_app.shops.token_exchange import Granted
from shopify_app.shops.uninstall import in_doubt, uninstalled
from tests.shops.conftest import A, Slice, build

GRANTED = Granted("new", "new-refresh", "read_orders", 3600, 7_776_000)


@pytest.fixture
def shops(postgresql, config, clock) -> Slice:
    return build(postgresql, config, clock)


def install_again(shops: Slice, session, shop) -> None:
    installed(session, shops.keys, shops.tokens, shop, GRANTED, shops.clock.forward(1))


def look(session) -> None:
    """As the drain does before it acts; held here, because a session forgets what nobody holds."""
    session.info["looked"] = find_shop(session, A)


def install_without_waiting(shops: Slice, shop) -> None:
    with shops.database.transaction() as web:
        web.execute(text("SET LOCAL lock_timeout = '1ms'"))
        install_again(shops, web, shop)


def test_an_uninstall_sees_the_installation_that_was_committed_after_its_first_look(shops: Slice) -> None:
    shop, left = shops.install(), shops.clock.forward(60)
    with shops.database.transaction() as draining:
        look(draining)
        with shops.database.transaction() as web:
            install_again(shops, web, shop)
        assert not uninstalled(draining, shop, left)
    assert shops.row().state == INSTALLED
    assert shops.pair(shop) is not None


def test_a_redaction_sees_the_installation_that_was_committed_after_its_first_look(shops: Slice) -> None:
    shop, left = shops.install(), shops.clock.forward(60)
    with shops.database.transaction() as session:
        uninstalled(session, shop, left)
    with shops.database.transaction() as draining:
        look(draining)
        with shops.database.transaction() as web:
            install_again(shops, web, shop)
        assert not redact_shop(draining, shop, left)
    assert shops.row().state == INSTALLED


def test_an_installation_sees_the_uninstall_that_was_committed_after_its_first_look(shops: Slice) -> None:
    shop = shops.install()
    with shops.database.transaction() as web:
        look(web)
        with shops.database.transaction() as draining:
            assert uninstalled(draining, shop, shops.clock.forward(60))
        install_again(shops, web, shop)
    assert (shops.row().state, shops.row().uninstalled_at) == (INSTALLED, None)


@pytest.mark.parametrize("begun", [uninstalled, redact_shop])
def test_an_installation_waits_for_the_end_of_an_end(shops: Slice, begun) -> None:
    shop, left = shops.install(), shops.clock.forward(60)
    with shops.database.transaction() as draining:
        assert not in_doubt(draining, shop, timed=True, now=left)
        with pytest.raises(OperationalError, match="lock"):
            install_without_waiting(shops, shop)
        assert begun(draining, shop, left)
    with shops.database.reading() as session:
        row = find_shop(session, A)
    assert row is None or row.state == UNINSTALLED


@pytest.mark.parametrize("change", ["settings", "scopes"])
def test_no_touch_is_lost_beside_another_change(shops: Slice, change: str) -> None:
    shop = shops.install()
    before = shops.row().facts_version
    with shops.database.transaction() as one:
        look(one)
        for _ in range(2):
            with shops.database.transaction() as other:
                touch(other, shop)
        if change == "settings":
            change_settings(one, shop, {"name": "New"}, shops.now, shops.now)
        else:
            set_scopes(one, shop, "read_orders", shops.now, shops.now)
    assert shops.row().facts_version == before + 3
