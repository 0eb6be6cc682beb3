"""Rules about orders that Shopify tells of and does not show."""

from sqlalchemy import update

from shopify_app.retention.people.model import CountedCustomer
from tests.small_shop import add_shop, post


def test_whoever_ordered_before_what_shopify_shows_had_the_first_order_earlier_than_any_day(small_world):
    """'has had the first one earlier than any day asked for': at least 200 days ago is true, on or before 2020 too."""
    world = small_world
    shop = add_shop(world, repeaters=3)
    world.install(shop)
    world.work()
    one = next(iter(shop.customers))
    with world.wafa.database.transaction() as session:
        session.execute(update(CountedCustomer).where(CountedCustomer.customer_id == one).values(earlier=3))
    told = {}
    for field, how, value in (
        ("first_order", "at_least", "200"),
        ("first_order_day", "until", "2020-01-01"),
        ("first_order", "at_most", "200"),
        ("first_order_day", "since", "2020-01-01"),
    ):
        rule = {"match": "all", "c0.field": field, "c0.is": how, "c0.value": value}
        told[field, how] = post(world, shop, "/customers/segments/count", rule).get_json()["people"]
    assert list(told.values()) == [1, 1, 2, 2], told
