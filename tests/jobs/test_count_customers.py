"""The first number, and the shop's own details."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shopify_app.config import Config
from shopify_app.db.base import Database
from shopify_app.jobs.count_customers import COUNT
from shopify_app.jobs.learn_shop import REBUILD
from shopify_app.tasks import queries
from tests.jobs.pretend import Pretend, Works

if TYPE_CHECKING:
    from tests.conftest import MovedClock


@pytest.fixture
def works(database: Database, clock: "MovedClock", config: Config, tmp_path: Path) -> Works:
    return Works(database, clock, config, Pretend(), tmp_path / "spool")


def test_the_shop_comes_first_and_then_the_counts(works: Works) -> None:
    shop = works.add_shop()
    task = works.request(shop, COUNT)
    works.step(shop, task)
    assert (works.shop(shop).currency, works.shop(shop).shopify_buyers) == ("KWD", None)
    version = works.shop(shop).facts_version
    assert works.finish(shop, task).result == {"buyers": 30, "repeaters": 9}
    row = works.shop(shop)
    assert (row.name, row.timezone, row.shopify_id) == ("Bazaar", "Asia/Kuwait", 99)
    assert (row.shopify_buyers, row.shopify_repeaters) == (30, 9)
    assert row.facts_version > version


def test_a_count_that_shopify_keeps_back_is_not_zero(works: Works) -> None:
    works.far.buyers = None
    shop = works.add_shop()
    assert works.finish(shop, works.request(shop, COUNT)).result == {"buyers": None, "repeaters": 9}
    assert works.shop(shop).shopify_buyers is None


def test_an_unknown_zone_is_said(works: Works) -> None:
    works.far.zone = "Asia/Atlantis"
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, COUNT))
    assert view.error
    assert "time zone" in view.error


@pytest.mark.parametrize(("zone", "asked"), [("Asia/Kuwait", False), ("Europe/Paris", True)])
def test_a_zone_that_moved_after_the_import_counts_anew(works: Works, zone: str, asked: bool) -> None:
    shop = works.add_shop(shopify_id=99, imported_at=works.clock(), timezone=zone, currency="KWD")
    works.finish(shop, works.request(shop, COUNT))
    with works.database.reading() as session:
        rebuild = queries.latest(session, shop, REBUILD)
    assert (rebuild is not None) == asked
    if rebuild:
        generation = works.shop(shop).generation
        assert works.finish(shop, rebuild.id).state == "done"
        assert works.shop(shop).generation == generation + 1
