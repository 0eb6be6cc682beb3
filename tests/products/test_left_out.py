"""What is said of collections that were not read, or not to their end."""

from shopify_app.language import Words
from shopify_app.products.model import CollectionReading
from shopify_app.products.presenting import left_out
from tests.factories import EPOCH

EN, AR = Words("en"), Words("ar")


def test_nothing_is_said_where_all_was_read() -> None:
    assert left_out(CollectionReading(shop_id=1, read_at=EPOCH, left_out=0, cut_short=0), EN) == []


def test_it_is_said_before_they_were_read() -> None:
    assert left_out(None, EN) == ["Your collections have not been read yet."]


def test_each_thing_that_is_missing_has_a_sentence() -> None:
    reading = CollectionReading(shop_id=1, read_at=EPOCH, left_out=12, cut_short=1)
    assert left_out(reading, EN) == [
        "You have 12 collections more than Wafa reads; they are left out.",
        "1 collection holds more products than Wafa reads; the rest of them is left out.",
    ]
    assert len(left_out(reading, AR)) == 2
