"""What a shop's settings and permissions are: the newest word counts, whichever came last."""

from datetime import timedelta

import pytest

from shopify_app.clock import AHEAD, SKEW, not_ahead
from shopify_app.shops.queries import change_settings, set_scopes
from tests.shops.conftest import Slice


def say_scopes(shops: Slice, scopes: str, seconds: float) -> bool:
    """What was granted so many seconds from now, told now."""
    with shops.database.transaction() as session:
        return set_scopes(session, shops.row().id, scopes, shops.now + timedelta(seconds=seconds), shops.now)


def say_name(shops: Slice, name: str, seconds: float) -> None:
    with shops.database.transaction() as session:
        at = shops.now + timedelta(seconds=seconds)
        change_settings(session, shops.row().id, {"name": name}, at, shops.now)


def test_older_permissions_do_not_replace_newer_ones(shops: Slice) -> None:
    shops.install()
    shops.clock.forward(60)
    assert say_scopes(shops, "read_orders,read_customers", -10)
    assert not say_scopes(shops, "read_orders", -20)
    assert shops.row().scopes == "read_customers,read_orders"
    assert say_scopes(shops, "read_orders", -10)
    assert shops.row().scopes == "read_orders"


def test_permissions_that_were_changed_right_after_the_installation_count(shops: Slice) -> None:
    """Shopify's clock may be a little behind ours."""
    shops.install()
    assert say_scopes(shops, "read_orders", -SKEW.total_seconds())
    assert shops.row().scopes == "read_orders"


def test_permissions_from_before_the_installation_do_not(shops: Slice) -> None:
    shops.install()
    granted = shops.row().scopes
    assert not say_scopes(shops, "read_orders", -SKEW.total_seconds() - 1)
    assert shops.row().scopes == granted


def test_pages_are_told_of_permissions_only_when_they_are_others(shops: Slice) -> None:
    shops.install()
    before = shops.row().facts_version
    say_scopes(shops, shops.row().scopes, 1)
    assert shops.row().facts_version == before
    say_scopes(shops, "read_orders", 2)
    assert shops.row().facts_version == before + 1


@pytest.mark.parametrize("ahead", [timedelta(days=20), timedelta(days=400)])
def test_a_clock_that_was_ahead_makes_nobody_deaf(shops: Slice, ahead: timedelta) -> None:
    shops.install()
    say_scopes(shops, "read_orders", ahead.total_seconds())
    say_name(shops, "Then", ahead.total_seconds())
    shops.clock.forward(3600)
    assert say_scopes(shops, "read_orders,read_customers", -5)
    say_name(shops, "Now", -5)
    assert (shops.row().scopes, shops.row().name) == ("read_customers,read_orders", "Now")
    assert shops.row().settings_at == shops.now - timedelta(seconds=5)


def test_a_clock_that_is_only_a_little_ahead_is_believed(shops: Slice) -> None:
    shops.install()
    say_name(shops, "Newer", 30)
    say_name(shops, "Older", 20)
    assert shops.row().name == "Newer"
    assert not_ahead(shops.now + AHEAD - timedelta(seconds=1), shops.now)
    assert not_ahead(shops.now + AHEAD, shops.now) is None
