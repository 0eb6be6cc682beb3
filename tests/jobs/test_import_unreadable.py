"""An import of a history in which some orders cannot be read, or not be stored."""

import pytest

from shopify_app.jobs.import_orders import IMPORT
from tests.jobs.pretend import Pretend, Works, store_at_once, stored
from tests.orders.bulk_lines import bag, line, order


def test_one_unreadable_order_does_not_hold_up_the_rest(
    works: Works, far: Pretend, caplog: pytest.LogCaptureFixture
) -> None:
    far.lines += [order(99), line(990, 99, originalTotalSet=bag("1.00001"))]
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert view.result == {"orders": 40, "unreadable": 1}
    assert "order 99" in caplog.text


@pytest.mark.parametrize(("batch", "many"), [(1, 50), (3, 50), (300, 50), (300, 1)])
def test_an_order_that_the_database_refuses_does_not_hold_up_the_rest(
    works: Works, far: Pretend, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, batch: int, many: int
) -> None:
    store_at_once(monkeypatch, batch)
    monkeypatch.setattr("shopify_app.db.dialect._MANY", many)
    far.lines += [order(99), line(990, 99, quantity=2**70), order(98), line(980, 98, originalTotalSet=bag("1.00001"))]
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert (view.state, view.result) == ("done", {"orders": 40, "unreadable": 2})
    assert [row[0] for row in stored(works, shop)] == list(range(1, 41))
    assert [caplog.text.count(f"order {number} could not be read") for number in (98, 99)] == [1, 1]
    assert str(2**70) not in caplog.text


def test_too_many_refused_orders_fail_the_import(works: Works, far: Pretend) -> None:
    far.lines += [node for at in (97, 98, 99) for node in (order(at), line(10 * at, at, quantity=2**70))]
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert (view.state, view.done) == ("failed", 40)
    assert works.shop(shop).imported_at is None


def test_when_most_orders_are_unreadable_it_does_not_pretend(works: Works, far: Pretend) -> None:
    far.lines = [{**one, "currencyCode": None} for one in far.lines]
    shop = works.add_shop()
    view = works.finish(shop, works.request(shop, IMPORT))
    assert view.state == "failed"
    assert works.shop(shop).imported_at is None
