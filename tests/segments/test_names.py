"""A name means the same people wherever a merchant reads it."""

from datetime import timedelta

import pytest

from shopify_app.language import Words
from shopify_app.retention.people.listing.presenting import READY as LISTS
from shopify_app.segments.ready import READY
from tests.small_shop import add_shop, address, page

LATE = ("late", "might-lose", "away")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_no_ready_list_is_called_like_a_ready_segment(locale):
    words = Words(locale)
    lists = [words.text(title) for title, _ in LISTS]
    segments = [words.text(ready.title) for ready in READY.values()]
    assert len({*lists, *segments}) == len(lists) + len(segments)


@pytest.fixture
def shop(world):
    """People of whom some are late in each way: lately, with much spent, and for long."""
    made = add_shop(world, repeaters=40, once=10)
    for number in range(30):
        person = made.create_customer("Maha", "C", f"maha{number}@example.com", "ar").id
        price = "200.000" if number % 3 == 0 else "0.500"
        for ago in (52, 49, 46, 43, 40, 37):
            day = world.clock() - timedelta(days=ago * (number % 5 + 1) - 30)
            made.place_order(person, [{"price": price, "quantity": 1}], at=day)
    world.install(made)
    world.work()
    return made


def test_all_who_are_late_are_those_of_three_groups(world, shop):
    listed = people(world, shop, "/customers?late=1")
    groups = [people(world, shop, f"/customers/segments/ready/{name}") for name in LATE]
    assert all(groups), [len(group) for group in groups]
    assert sorted(listed) == sorted(one for group in groups for one in group)


def people(world, shop, path):
    found, after = [], ""
    while True:
        told = world.json(shop, address(f"{path}{'&' if '?' in path else '?'}{after}"))
        found += [one["customer_id"] for one in told["customers"]]
        if told["after"] is None:
            return found
        after = f"after={told['after']}"


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_the_list_of_the_late_leads_to_their_groups(world, shop, locale):
    text = world.open(shop, address("/customers?late=1", locale)).text
    place = text.split("data-late-groups", 1)[1].split("</s-paragraph>")[0]
    for name in LATE:
        title = Words(locale).text(READY[name].title)
        assert f"/customers/segments/ready/{name}" in place
        assert f">{title}</s-link>" in place
    assert "data-late-groups" not in world.open(shop, address("/customers", locale)).text
    assert "Whoever is late is in one of these groups: Just late" in page(world, shop, "/customers?late=1")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_every_page_that_calls_somebody_late_says_when_that_is(world, shop, locale):
    once = next(one.id for one in shop.customers.values() if len(one.orders) == 1)
    often = next(one.id for one in shop.customers.values() if len(one.orders) == 6)
    told = ("/customers", "/customers?columns=late_after", "/customers?late=1&columns=net", "/customers/segments")
    for path in (*told, "/customers/segments/ready/late", f"/customers/{often}"):
        assert SAYS[locale] in page(world, shop, path, locale), path
    for path in ("/customers?columns=net", f"/customers/{once}"):
        assert SAYS[locale] not in page(world, shop, path, locale), path
    opened = world.open(shop, address("/customers?late=1", locale)).text
    assert "<details data-late-means open>" in opened
    assert "<details data-late-means open>" not in world.open(shop, address("/customers", locale)).text


SAYS = {
    "en": "No order for longer than nine of ten of their own gaps between orders took.",
    "ar": "إذا مضى على آخر طلب له أكثر مما استغرقته تسع من كل عشر مدد بين طلباته.",
}
