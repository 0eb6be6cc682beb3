"""Segments: what their language can say, who their members are, and what of a segment is refused."""

import pytest

from devstore.faults import Faults
from tests.devstore.test_metafields import OWN, SET, TAG, define, gid, granted, value

assert granted
CREATE = """mutation($n: String!, $q: String!) { segmentCreate(name: $n, query: $q) {
  segment { id name query } userErrors { field message } } }"""
UPDATE = """mutation($id: ID!, $n: String, $q: String) { segmentUpdate(id: $id, name: $n, query: $q) {
  segment { name query lastEditDate } userErrors { field message } } }"""
DELETE = "mutation($id: ID!) { segmentDelete(id: $id) { deletedSegmentId userErrors { message } } }"
LISTED = "query($q: String) { segments(first: 9, query: $q) { nodes { id name query } } }"
MEMBERS = """query($q: String, $id: ID) { customerSegmentMembers(first: 900, query: $q, segmentId: $id) {
  totalCount edges { node { id displayName } } } }"""
VIP = f"metafields.{OWN}.vip"


@pytest.fixture
def people(granted, ask):
    """Ann is marked and spent most, Bea is marked as not, Cleo has a tag, Dora nothing."""
    define(ask, capabilities={"adminFilterable": {"enabled": True}})
    found = [granted.create_customer(name) for name in ("Ann", "Bea", "Cleo", "Dora")]
    ann, bea, cleo, _ = found
    granted.place_order(ann.id, [{"price": "10"}])
    granted.place_order(ann.id, [{"price": "2.5"}])
    granted.place_order(bea.id, [{"price": "2.5"}])
    ask(SET, m=[value(ann), value(bea, "false")])
    ask(TAG, id=gid(cleo), t=["Gold"])
    return found


def members(ask, query=None, segment=None):
    found = ask(MEMBERS, q=query, id=segment)
    return [edge["node"]["displayName"][0] for edge in found["data"]["customerSegmentMembers"]["edges"]]


def create(ask, name="VIP", query=f"{VIP} = true"):
    return ask(CREATE, n=name, q=query)["data"]["segmentCreate"]


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("number_of_orders > 0", "AB"),
        ("number_of_orders = 0", "CD"),
        ("number_of_orders BETWEEN 1 AND 2", "AB"),
        ("amount_spent >= 12.5", "A"),
        ("amount_spent < 12.500 AND number_of_orders != 0", "B"),
        (f"{VIP} = true", "A"),
        (f"{VIP} = false", "B"),
        (f"{VIP} != true", "BCD"),
        (f"{VIP} IS NULL", "CD"),
        (f"{VIP} IS NOT NULL", "AB"),
        ("customer_tags CONTAINS 'gold'", "C"),
        ("customer_tags NOT CONTAINS 'gold'", "ABD"),
        (f"{VIP} = true OR customer_tags CONTAINS 'gold' AND number_of_orders > 0", "A"),
        (f"({VIP} = true OR customer_tags CONTAINS 'gold') AND number_of_orders = 0", "C"),
    ],
)
def test_the_language_finds(people, ask, query, who):
    assert "".join(members(ask, query)) == who
    made = create(ask, query=query)
    assert made["userErrors"] == []
    assert "".join(members(ask, segment=made["segment"]["id"])) == who


@pytest.mark.parametrize(
    "query",
    [
        "",
        "nonsense",
        "last_order = 'yesterday'",
        "number_of_orders >",
        "number_of_orders CONTAINS 'x'",
        "number_of_orders > 'x'",
        "number_of_orders > 1 2",
        "(number_of_orders > 1",
        f"{VIP} > true",
        f"{VIP} = 'x'",
        "metafields.$app.vip = true",
        "metafields.custom.vip = true",
        f"metafields.{OWN}.unknown = true",
        "metafields.vip = true",
        "customer_tags = 'gold'",
    ],
)
def test_what_is_no_segment_is_refused_with_its_place(people, ask, query):
    refused = create(ask, query=query)
    assert refused["segment"] is None
    assert refused["userErrors"][0]["field"] == ["query"]
    assert refused["userErrors"][0]["message"].startswith("Query Line 1")
    if query:
        assert ask(MEMBERS, q=query)["errors"]


def test_a_definition_that_is_not_filterable_makes_no_segment(granted, ask):
    define(ask)
    assert "cannot be found" in create(ask)["userErrors"][0]["message"]


def test_segments_have_names_of_their_own(people, ask, watch):
    made = create(ask)["segment"]
    assert create(ask, "vip")["userErrors"] == [{"field": ["name"], "message": "Name has already been taken"}]
    assert create(ask, " ")["userErrors"][0]["message"] == "Name can't be blank"
    assert ask(LISTED, q="name:VIP")["data"]["segments"]["nodes"] == [made]
    watch.forward(seconds=60)
    changed = ask(UPDATE, id=made["id"], n="Best")["data"]["segmentUpdate"]["segment"]
    assert changed == {"name": "Best", "query": f"{VIP} = true", "lastEditDate": "2026-11-21T09:01:00Z"}
    assert ask(UPDATE, id=made["id"], q="nonsense")["data"]["segmentUpdate"]["userErrors"]
    assert ask(DELETE, id=made["id"])["data"]["segmentDelete"]["deletedSegmentId"] == made["id"]
    assert ask(DELETE, id=made["id"])["data"]["segmentDelete"]["userErrors"] == [{"message": "Segment does not exist"}]
    assert ask(LISTED)["data"]["segments"]["nodes"] == []
    assert ask(MEMBERS, id=made["id"])["errors"]


def test_writing_segments_takes_the_permission_and_reading_does_not(shop, ask):
    assert create(ask, query="number_of_orders > 1") is None
    assert ask(LISTED)["data"]["segments"]["nodes"] == []


def test_a_segment_lags_behind_what_was_written(people, store, ask, watch):
    store.set_faults(Faults(lag_seconds=(60.0, 60.0)))
    ask(SET, m=[value(people[3])])
    assert members(ask, f"{VIP} = true") == ["A"]
    watch.forward(seconds=61)
    assert members(ask, f"{VIP} = true") == ["A", "D"]
