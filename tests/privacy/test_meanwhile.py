"""What pages, files and Shopify are told of people who were forgotten, or who agree no more, while all else goes on."""

import json

from sqlalchemy import func, select

from devstore.labels import Labels
from shopify_app.customers.access.model import AccessEntry
from shopify_app.customers.model import Customer
from shopify_app.errors import AppError
from shopify_app.exports.model import Export, ExportPiece
from shopify_app.jobs import export_all
from shopify_app.orders.model import Order
from shopify_app.privacy.redact import redact_customer
from shopify_app.segments.outward import queries
from shopify_app.segments.outward.model import TAG
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.queries import request
from shopify_app.tasks.step import run_step
from tests.segments.outward_shop import OutwardShop
from tests.small_shop import add_shop, address, post


def test_who_is_redacted_while_members_are_compared_is_not_written(small_world, monkeypatch):
    alice = OutwardShop(small_world, 12)
    alice.members = set(alice.people[:5])
    gone, page_of, pages = alice.people[2], queries.page_of, []

    def then_redacted(*given):
        page = page_of(*given)
        pages.append(page)
        if len(pages) == 2:
            # The tags' turn: the redaction commits between the reading and the writing of this page.
            with alice.database.transaction() as session:
                redact_customer(session, alice.shop, gone, small_world.wafa.config.lookup_key, alice.clock())
        return page

    monkeypatch.setattr(queries, "page_of", then_redacted)
    alice.finish(alice.ask(tag="late"))
    assert len(pages) > 2
    assert gone not in alice.rows(TAG), "somebody forgotten is named in segment_member"
    assert gone not in alice.tagged(), "somebody forgotten was tagged in Shopify after that"


def test_an_open_segment_page_sees_that_consent_was_withdrawn(small_world):
    world = small_world
    shop = add_shop(world, repeaters=3)
    world.install(shop)
    world.work()
    one = next(iter(shop.customers))
    shop.consents.give(one, "email", "SUBSCRIBED")
    world.work()
    made = {"name": "Agreed", "match": "all", "c0.field": "email_consent", "c0.is": "is", "c0.value": "yes"}
    number = post(world, shop, "/customers/segments", made).get_json()["segment"]
    path = address(f"/customers/segments/{number}")
    first = world.open(shop, path, Accept="application/json")
    assert first.get_json()["counted"]["people"] == 1
    shop.consents.give(one, "email", "UNSUBSCRIBED")
    world.work()
    again = world.open(shop, path, Accept="application/json", **{"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200, "told that nothing has changed, it goes on showing who no longer agrees"
    assert again.get_json()["counted"]["people"] == 0


def test_an_export_dropped_half_way_leaves_no_pieces(small_world, monkeypatch):
    world = small_world
    monkeypatch.setattr(export_all, "ROWS", 2)
    monkeypatch.setattr(export_all, "_PIECES", 1)
    shop = add_shop(world, repeaters=2, once=3)
    world.install(shop)
    world.work()
    one = next(iter(shop.customers))
    with world.wafa.database.reading() as session:
        key = find_shop(session, shop.domain).id
    shop.redact_customer(one)
    world.work()
    with world.wafa.database.transaction() as session:
        task = request(session, key, export_all.EXPORT, None, "7", world.clock())
    for _ in range(3):
        run_step(world.wafa.database, world.wafa.steps, key, task, "t", world.clock())
    # Shopify sends the same request once more, with another id.
    with world.wafa.database.transaction() as session:
        redact_customer(session, key, one, world.wafa.config.lookup_key, world.clock())
    world.work()
    with world.wafa.database.reading() as session:
        kept = session.scalar(select(func.count()).select_from(Export))
        pieces = session.scalar(select(func.count()).select_from(ExportPiece))
    assert pieces == 0 or kept == 1, f"{pieces} sealed pieces that belong to no export, which nothing ever deletes"


def test_an_open_page_sees_that_somebody_was_redacted_whose_orders_never_counted(small_world):
    world = small_world
    shop = add_shop(world, repeaters=1)
    one = shop.create_customer("Maha").id
    shop.place_order(one, [{"price": "3.000", "quantity": 1}], test=True)
    world.install(shop)
    world.work()
    stale = {}
    for path in (f"/customers/{one}", f"/customers/{one}/orders"):
        first = world.open(shop, address(path), Accept="application/json")
        assert first.status_code == 200
        stale[path] = first.headers["ETag"]
    shop.redact_customer(one)
    world.work()
    told = {
        path: world.open(shop, address(path), Accept="application/json", **{"If-None-Match": etag}).status_code
        for path, etag in stale.items()
    }
    assert 304 not in told.values(), f"nothing has changed, it says: {told}"


def test_a_search_that_shopify_did_not_answer_can_be_tried_again(small_world):
    """The page says: try again in a minute. The open page does so by its version, and is told 304 for ever."""
    world = small_world
    shop = add_shop(world, repeaters=2)
    world.install(shop)
    world.work()
    path = address("/customers?q=Noura")
    run, admin = world.wafa.admin.run, world.wafa.admin

    def silent(shop_, operation, **more):
        if operation == "search_customers":
            raise AppError("silence")
        return run(shop_, operation, **more)

    admin.run = silent
    first = world.open(shop, path)
    assert "could not be asked" in first.text
    admin.run = run
    again = world.open(shop, path, **{"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200, "it still says that Shopify could not be asked"


def test_an_order_with_its_customers_number_is_noted_in_the_access_log(small_world):
    """Lists of orders are (kinds.ORDERS); the page and JSON of one order, which tell the number too, are not."""
    world = small_world
    shop = add_shop(world, repeaters=1)
    world.install(shop)
    world.work()
    order, one = next(iter(shop.orders)), next(iter(shop.customers))
    assert world.json(shop, f"/reports/orders/{order}")["customer_id"] == str(one)
    with world.wafa.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AccessEntry)) == 1


def test_an_open_page_sees_that_somebody_was_redacted_who_never_ordered(small_world):
    world = small_world
    shop = add_shop(world, repeaters=1)
    one = shop.create_customer("Maha").id
    world.install(shop)
    world.work()
    told = {}
    for path in (f"/customers/{one}", f"/customers/{one}/orders"):
        first = world.open(shop, address(path), Accept="application/json")
        told[path] = first.status_code, first.headers.get("ETag")
    shop.redact_customer(one)
    world.work()
    again = {
        path: world.open(shop, address(path), Accept="application/json", **{"If-None-Match": etag or "x"}).status_code
        for path, (_, etag) in told.items()
    }
    assert 304 not in again.values(), f"{told} and then {again}"


def test_what_the_page_withholds_without_the_permission_the_file_withholds_too(small_world):
    world = small_world
    shop = add_shop(world, repeaters=40, once=10)
    world.install(shop)
    world.work()
    assert post(world, shop, "/reports/value/forecast/work-out", {}).status_code == 200
    world.work()
    path = address("/reports/value/forecast?format=csv")
    assert len(world.open(shop, path).text.splitlines()) == 51
    assert world.json(shop, "/reports/value")["next_12_months"] is not None
    shop.set_scopes([scope for scope in world.store.scopes if scope != "read_customers"])
    world.work()
    assert world.json(shop, "/reports/value")["next_12_months"] is None, "the page tells of nobody any more"
    assert world.open(shop, path).status_code == 400


def test_held_consent_after_a_redaction_names_nobody(small_world):
    world = small_world
    shop = add_shop(world, repeaters=2)
    world.install(shop)
    world.work()
    one = next(iter(shop.customers))
    shop.redact_customer(one)
    world.work()
    shop.consents.give(one, "email", "UNSUBSCRIBED")
    shop.update_customer(one, first_name="X")
    world.work()
    with world.wafa.database.reading() as session:
        assert one not in set(session.scalars(select(Customer.customer_id)))


def test_a_forgotten_guests_order_keeps_neither_country_nor_code(small_world):
    """As a customer's orders lose both when they are redacted, a guest's do which the request names."""
    world = small_world
    shop = add_shop(world, repeaters=1)
    world.install(shop)
    world.work()
    labels = Labels(country="KW", codes=("NOURA-ALOTAIBI-10",))
    guest = shop.place_order(None, [{"price": "10.000", "quantity": 1}], labels=labels)
    named = shop.place_order(next(iter(shop.customers)), [{"price": "10.000", "quantity": 1}], labels=labels)
    world.work()
    assert post(world, shop, "/settings/privacy/export/write", {}).status_code == 200
    world.work()
    body = {"customer": {"email": "guest@x.test"}, "orders_to_redact": [guest.id]}
    world.store.queue(shop.domain, "customers/redact", json.dumps(body).encode(), "guest")
    world.work()
    with world.wafa.database.reading() as session:
        pieces = session.scalar(select(func.count()).select_from(ExportPiece))
    shop.redact_customer(named.customer.id)
    world.work()
    with world.wafa.database.reading() as session:
        rows = session.execute(select(Order.order_id, Order.country, Order.discount_code))
        told = {order: (country, code) for order, country, code in rows}
    assert told[named.id] == (None, None)
    assert (told[guest.id], pieces) == ((None, None), 0), f"{told[guest.id]}, and {pieces} pieces of an export with it"
