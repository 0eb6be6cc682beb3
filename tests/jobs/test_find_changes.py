"""What a week's look finds in a shop's first orders, and what Home says of it."""

import random
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import delete

from shopify_app.changes.apply import apply_facts
from shopify_app.clock import Instant, LocalDay
from shopify_app.jobs.find_changes import find_changes
from shopify_app.retention.what_changed.chance import Group
from shopify_app.retention.what_changed.comparing import FirstOrders, Span
from shopify_app.retention.what_changed.model import WeeklyFinding, WeeklyLook
from shopify_app.retention.what_changed.queries import findings_of, first_orders, last_look
from shopify_app.shops.queries import find_shop, touch
from tests.factories import LOOKUP, instant, make_shop, order
from tests.small_shop import add_shop, page

AS_OF = LocalDay(date(2026, 6, 17))
"""A Wednesday."""


def test_everybody_compared_has_had_their_time():
    span = Span.at(AS_OF)
    assert (span.until, (span.until - span.since).days + 1) == (date(2026, 3, 19), 364)
    assert ((span.until - span.quarter).days + 1, (span.quarter - span.first).days) == (91, 364)
    found = FirstOrders(span)
    for first in (span.first, span.since, span.quarter, span.until):
        found.add(first, None, "web", "", discounted=False)
    found.add(span.until, span.until + timedelta(days=90), "pos", "", discounted=True)
    found.add(span.until, span.until + timedelta(days=91), "pos", "", discounted=False)
    told = {(one.subject, one.key): (one.some, one.others) for one in found.comparisons()}
    assert told["channel", "pos"] == (Group(2, 1), Group(3, 0))
    assert told["discount", "yes"] == (Group(1, 1), Group(4, 0))
    assert told["quarter", ""] == (Group(4, 1), Group(1, 0))


def shop_of(database, shares, seed=5, people=400):
    """People who first bought with a discount, or without, of whom these shares come back in time."""
    shop, draw, number, facts = make_shop(database, timezone="Asia/Kuwait"), random.Random(seed), 0, []
    for discount, share in zip(("0", "5"), shares, strict=True):
        for customer in range(people):
            first = date(2025, 7, 1) + timedelta(days=draw.randrange(250))
            days = [first] + ([first + timedelta(days=draw.randint(1, 90))] if draw.random() < share else [])
            for day in days:
                number += 1
                at = datetime.combine(day, time(12)).isoformat()
                buyer = customer + 1 + (people if discount == "5" else 0)
                facts.append(order(number, buyer, at, "20", discount, zone="Asia/Kuwait"))
    with database.transaction() as session:
        apply_facts(session, shop, facts, instant("2026-06-17"), LOOKUP)
    return shop


def looked(database, shop, now="2026-06-17T03:00"):
    find_changes(database, shop, Instant(instant(now, "Asia/Kuwait")))
    with database.reading() as session:
        look = last_look(session, shop)
        assert look is not None
        return look, [(row.subject, row.key, row.first_week) for row in findings_of(session, shop, look.week)]


def test_a_planted_difference_is_found_once_a_week(database):
    shop = shop_of(database, (0.25, 0.45))
    look, findings = looked(database, shop)
    assert (look.week, look.looked_on) == (date(2026, 6, 15), AS_OF)
    assert findings == [("discount", "yes", date(2026, 6, 15))]
    assert looked(database, shop, "2026-06-20T03:00")[0].looked_on == AS_OF
    look, findings = looked(database, shop, "2026-06-22T03:00")
    assert (look.week, findings) == (date(2026, 6, 22), [("discount", "yes", date(2026, 6, 15))])


def test_a_shop_without_a_difference_hears_nothing(database):
    look, findings = looked(database, shop_of(database, (0.3, 0.3)))
    assert (findings, look.compared > 0) == ([], True)


def test_shops_hear_of_themselves_alone_and_of_nothing_when_empty(database):
    shop_of(database, (0.1, 0.6))
    other = make_shop(database, "bob.myshopify.com", timezone="Asia/Kuwait")
    look, findings = looked(database, other)
    assert (findings, look.compared) == ([], 1)
    with database.reading() as session:
        assert first_orders(session, other, AS_OF).everybody.group("") == Group(0, 0)


def finding(subject, key, title, some, others, **values):
    groups = {"some_people": some.people, "some_did": some.did, "other_people": others.people, "other_did": others.did}
    return {"subject": subject, "key": key, "title": title, **groups, "chance": 1e-7, **values}


FINDINGS = [
    finding("product", "7", "Oud set", Group(212, 93), Group(1904, 514)),
    finding("channel", "pos", "pos", Group(300, 60), Group(900, 400)),
    finding("quarter", "", "", Group(300, 120), Group(300, 60), first_week=date(2026, 1, 5)),
]


@pytest.mark.parametrize(
    ("locale", "sentences"),
    [
        (
            "en",
            [
                "People whose first order had Oud set come back more. 44 % within 90 days, 27 % of the others.",
                "People who first bought at the till come back less. 20 % within 90 days, 44 % of the others.",
                "New customers come back more than a year ago. 40 % within 90 days, then 20 %. It has held since",
                "93 of 212 came back, and 514 of 1,904 of those they are compared with.",
            ],
        ),
        ("ar", ["من كان في أول طلب لهم", "من اشتروا أول مرة من نقطة البيع يعودون أقل.", "ما الذي تغيّر"]),
    ],
)
def test_home_says_what_was_found_and_how_we_know(small_world, locale, sentences):
    world, shop = small_world, add_shop(small_world, repeaters=1)
    world.install(shop)
    world.work()
    today = world.clock().date()
    week = today - timedelta(days=today.weekday())
    with world.wafa.database.transaction() as session:
        number = find_shop(session, shop.domain).id
        session.add(WeeklyLook(shop_id=number, week=week, looked_on=today, compared=14))
        for row in FINDINGS:
            session.add(WeeklyFinding(**{"shop_id": number, "week": week, "first_week": week, **row}))
    said = page(world, shop, "/", locale)
    assert [sentence for sentence in sentences if sentence not in said] == []
    told = world.json(shop, "/")["what_changed"]
    assert [(one["subject"], one["people"]) for one in told["findings"]] == [
        ("channel", 300),
        ("product", 212),
        ("quarter", 300),
    ]


def test_home_says_that_nothing_changed_and_then_falls_silent(small_world):
    world, shop = small_world, add_shop(small_world, repeaters=1)
    world.install(shop)
    world.work()
    assert "What changed" not in page(world, shop, "/")
    look(world, shop, 0)
    assert "That is a good answer, too." in page(world, shop, "/")
    look(world, shop, 14)
    assert "What changed" not in page(world, shop, "/")


def look(world, shop, days_ago):
    day = world.clock().date() - timedelta(days=days_ago)
    with world.wafa.database.transaction() as session:
        number = find_shop(session, shop.domain).id
        session.execute(delete(WeeklyLook))
        session.add(WeeklyLook(shop_id=number, week=day - timedelta(days=day.weekday()), looked_on=day, compared=3))
        touch(session, number)
