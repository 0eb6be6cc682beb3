"""Shops whose segments are written to Shopify."""

from typing import TYPE_CHECKING

import pytest

from shopify_app.jobs import write_members
from shopify_app.segments.outward import asking
from shopify_app.segments.outward.model import MARK, TAG
from tests.segments.outward_shop import OutwardShop

if TYPE_CHECKING:
    from tests.world import World


@pytest.fixture
def alice(world: "World") -> OutwardShop:
    return OutwardShop(world, 60)


@pytest.fixture
def small(small_world: "World") -> OutwardShop:
    """For what does not depend on the database."""
    return OutwardShop(small_world, 12)


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a handful of changes is a bulk operation, of thirty customers at most, portion by portion."""
    monkeypatch.setitem(asking.SINGLY, MARK, 10)
    monkeypatch.setitem(asking.SINGLY, TAG, 5)
    monkeypatch.setattr(write_members, "LARGEST", 30)
    monkeypatch.setattr(write_members, "PORTION", 8)
    monkeypatch.setattr(write_members, "PAGE", 7)
