"""Everything of a shop as one file: whole, sealed, noted, and gone when somebody is erased."""

import gzip
import json
from collections import Counter

import pytest
from sqlalchemy import func, select

from shopify_app.customers.access.model import AccessEntry
from shopify_app.db.base import Base
from shopify_app.db.dialect import table_of
from shopify_app.exports.model import Export, ExportPiece
from shopify_app.exports.queries import SOURCES
from shopify_app.exports.sources import LEFT_OUT, TABLES
from shopify_app.jobs import export_all
from shopify_app.privacy.keeping import EXPORT_KEPT, let_go
from shopify_app.privacy.redact import redact_customer
from shopify_app.shops.queries import find_shop
from tests.small_shop import add_shop, page, post

EXPORT = "/settings/privacy/export"


@pytest.fixture
def shop(small_world, monkeypatch):
    """Two people who bought twice, three who bought once; three rows to a piece."""
    monkeypatch.setattr(export_all, "ROWS", 3)
    made = add_shop(small_world, repeaters=2, once=3)
    small_world.install(made)
    small_world.work()
    return made


def written(world, shop):
    assert post(world, shop, f"{EXPORT}/write", {}).status_code == 200
    world.work()
    answer = world.open(shop, f"{EXPORT}/file?shop=alice.myshopify.com&host=abc")
    assert answer.status_code == 200
    return [json.loads(line) for line in gzip.decompress(answer.data).decode().splitlines()]


def test_the_file_has_every_row_and_says_what_each_column_is(small_world, shop):
    lines = written(small_world, shop)
    held = Counter(line["table"] for line in lines)
    assert held["orders"] == held["order_lines"] == 7
    assert (held["counted_orders"], held["customers"]) == (14, 5)
    columns = [line for line in lines if line["table"] == "columns"]
    assert {(line["of"], line["name"]) for line in columns} == {
        (table.name, column.name) for table in TABLES for column in table.columns
    }
    assert all(line["ar"] and line["ar"] != line["en"] for line in columns)
    first = next(line for line in lines if line["table"] == "orders")
    assert (first["gross"], first["currency"], first["test"]) in {("10.000", "KWD", False), ("5.000", "KWD", False)}
    assert sum(float(line["net"]) for line in lines if line["table"] == "customers") == 75


def test_every_table_of_a_shop_is_in_the_file_or_left_out_for_a_reason():
    ours = {table.name for table in Base.metadata.tables.values() if "shop_id" in table.columns}
    told = {table_of(source.model).name for source in SOURCES}
    assert [source.table for source in SOURCES] == list(TABLES)
    assert ours == told | LEFT_OUT.keys()
    assert not told & LEFT_OUT.keys()


def test_what_merchants_made_and_what_is_expected_is_in_it(small_world, shop):
    post(small_world, shop, "/customers/views", {"name": "Twice", "query": "bought=again"})
    small_world.work()
    lines = written(small_world, shop)
    (view,) = [line for line in lines if line["table"] == "saved_lists"]
    assert (view["name"], view["query"]) == ("Twice", "bought=again")
    consents = [line for line in lines if line["table"] == "consents"]
    assert {int(line["customer_id"]) for line in consents} == set(shop.customers)


def test_what_is_made_of_orders_and_of_products_is_in_it_too(small_world):
    shop, other = (add_shop(small_world, f"{name}.myshopify.com", repeaters=12, once=8) for name in ("alice", "bob"))
    for one in (shop, other):
        one.collections.add("Best", [one.add_product("Oud", "10.000")])
        small_world.install(one)
        small_world.work()
    rule = {"match": "all", "c0.field": "orders", "c0.is": "at_least", "c0.value": "2"}
    assert post(small_world, shop, "/customers/segments", {"name": "Twice", **rule}).status_code == 200
    lines = written(small_world, shop)
    found = {name: [line for line in lines if line["table"] == name] for name in {line["table"] for line in lines}}
    assert {int(line["customer_id"]) for line in found["forecasts"]} == set(shop.customers)
    assert all(float(line["likely_at_most"]) >= float(line["expected_value"]) > 0 for line in found["forecasts"])
    assert [line["name"] for line in found["segments"]] == ["Twice"]
    assert '"orders"' in found["segments"][0]["rule"]
    assert [line["title"] for line in found["collections"]] == ["Best"]
    assert [line["collection_id"] for line in found["products_in_collections"]] == [
        found["collections"][0]["collection_id"]
    ]


def test_a_page_says_how_far_it_is_and_the_log_who_fetched_it(small_world, shop):
    assert "Write the file" in page(small_world, shop, EXPORT)
    written(small_world, shop)
    assert "is ready: 38 rows, 1 MB." in page(small_world, shop, EXPORT)
    assert "كل البيانات في ملف واحد" in page(small_world, shop, "/settings/privacy/access", "ar")
    with small_world.wafa.database.reading() as session:
        assert session.scalars(select(AccessEntry.what)).all() == ["everything"]
        sealed = session.scalars(select(ExportPiece.body)).all()
    assert not any(body.startswith(b"\x1f\x8b") for body in sealed)


def test_nothing_is_there_before_it_is_finished_or_after_its_time(small_world, shop):
    there = f"{EXPORT}/file?shop=alice.myshopify.com&host=abc"
    assert small_world.open(shop, there).status_code == 404
    written(small_world, shop)
    let_go(small_world.wafa.database, small_world.clock())
    assert small_world.open(shop, there).status_code == 200
    let_go(small_world.wafa.database, small_world.clock() + EXPORT_KEPT + EXPORT_KEPT)
    assert small_world.open(shop, there).status_code == 404
    assert counted(small_world, ExportPiece) == 0


def test_whoever_is_erased_is_in_no_file(small_world, shop):
    lines = written(small_world, shop)
    customer = next(int(line["customer_id"]) for line in lines if line["table"] == "customers")
    with small_world.wafa.database.transaction() as session:
        number = find_shop(session, shop.domain).id
        redact_customer(session, number, customer, small_world.wafa.config.lookup_key, small_world.clock())
    assert (counted(small_world, Export), counted(small_world, ExportPiece)) == (0, 0)
    assert str(customer) not in json.dumps(written(small_world, shop))


def test_an_erasure_in_the_middle_begins_it_anew(small_world, shop, monkeypatch):
    real, erased = export_all.next_rows, []

    def next_rows(session, number, source, after, limit):
        rows = real(session, number, source, after, limit)
        if source.table.name == "customers" and not erased:
            erased.append(int(rows[0][0]["customer_id"]))
            with small_world.wafa.database.transaction() as writing:
                redact_customer(writing, number, erased[0], small_world.wafa.config.lookup_key, small_world.clock())
        return rows

    monkeypatch.setattr(export_all, "next_rows", next_rows)
    lines = written(small_world, shop)
    assert erased
    assert str(erased[0]) not in json.dumps(lines)
    assert Counter(line["table"] for line in lines)["orders"] == 7


def counted(world, model):
    with world.wafa.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model))
