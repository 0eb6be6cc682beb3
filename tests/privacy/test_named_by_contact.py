"""A request of the law that names somebody by e-mail address or phone alone is about the one customer who has it."""

import json

import pytest
from sqlalchemy import select

from devstore.records import Address
from shopify_app.customers.access.kinds import READ
from shopify_app.customers.contacts.model import CustomerContact
from shopify_app.customers.model import Customer
from shopify_app.orders.model import Order
from shopify_app.privacy.access.opening import Opening, open_answer
from shopify_app.privacy.requests.queries import answered
from shopify_app.shops.queries import find_shop
from webhooks.inbox import Posted

DOMAIN = "alice.myshopify.com"
LINES = [{"price": "10.000", "quantity": 1}]


@pytest.fixture
def people(world):
    """Noura by e-mail address, Sara by phone, and Maha who has Sara's phone in her address book."""
    made = world.store.add_shop(DOMAIN, currency="KWD", timezone="Asia/Kuwait")
    world.install(made)
    noura = made.create_customer("N", "A", "noura@x.test").id
    sara = made.create_customer("S", "A", phone="+96550001111").id
    maha = made.create_customer("M", "A", addresses=[Address(1, "+96550001111", "KW")]).id
    for person in (noura, sara, maha):
        made.place_order(person, LINES)
    world.work()
    return noura, sara, maha


def send(world, topic, **customer):
    posted = Posted(DOMAIN, topic, topic, "", "", world.clock(), json.dumps({"customer": customer}).encode())
    with world.wafa.database.transaction() as session:
        world.wafa.inbox.keep(session, [(posted, world.clock())])
    world.work()


def known(world):
    """Customers of whom we know by number, and whose hashes are kept."""
    with world.wafa.database.reading() as session:
        by_number = {*session.scalars(select(Customer.customer_id)), *session.scalars(select(Order.customer_id))}
        return by_number, set(session.scalars(select(CustomerContact.customer_id)))


def test_by_e_mail_address_alone(world, people):
    noura, sara, maha = people
    send(world, "customers/redact", email="NOURA@x.test")
    by_number, hashed = known(world)
    assert noura not in by_number
    assert hashed == {sara, maha}
    assert {sara, maha} <= by_number


def test_a_phone_in_an_address_book_is_not_taken_for_their_own(world, people):
    noura, sara, maha = people
    send(world, "customers/redact", phone="+965 5000 1111")
    by_number, hashed = known(world)
    assert sara not in by_number
    assert {noura, maha} <= by_number
    assert hashed == {noura, maha}


def test_what_two_have_names_neither(world, people):
    noura, sara, maha = people
    send(world, "customers/redact", email="noura@x.test", phone="+96550001111")
    assert known(world)[0] >= {noura, sara, maha}


def test_an_answer_says_that_hashes_are_kept(world, people):
    send(world, "customers/data_request", email="noura@x.test")
    with world.wafa.database.transaction() as session:
        (row,) = answered(session, find_shop(session, DOMAIN).id)
        held = open_answer(session, row, world.wafa.keys, Opening("test", READ), world.clock())
    assert [one["customer_id"] for one in held["customers"]] == [people[0]]
    assert [one["kind"] for one in held["contacts"]] == ["email"]
    assert "noura@" not in json.dumps(held)


@pytest.mark.parametrize("topic", ["customers/redact", "customers/data_request"])
def test_who_has_the_phone_but_another_address_may_be_somebody_else(world, topic):
    made = world.store.add_shop(DOMAIN, currency="KWD", timezone="Asia/Kuwait")
    world.install(made)
    wife = made.create_customer("W", "A", "wife@x.test", phone="+96550001111").id
    world.work()
    send(world, topic, email="husband@x.test", phone="+96550001111")
    by_number, hashed = known(world)
    assert (wife in by_number, wife in hashed) == (True, True)
    with world.wafa.database.transaction() as session:
        held = [
            open_answer(session, row, world.wafa.keys, Opening("test", READ), world.clock())
            for row in answered(session, find_shop(session, DOMAIN).id)
        ]
    assert [one["customers"] for one in held] == [[]] * (topic == "customers/data_request")
