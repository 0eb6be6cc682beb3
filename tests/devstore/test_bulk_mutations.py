"""Bulk mutations: a staged file of variables, one mutation a line, and a file of what came of each."""

import io
import json
from datetime import timedelta

import pytest

from tests.devstore.test_bulk import look
from tests.devstore.test_metafields import define, gid, granted, value

assert granted
STAGE = """mutation($i: [StagedUploadInput!]!) { stagedUploadsCreate(input: $i) {
  stagedTargets { url resourceUrl parameters { name value } } userErrors { message } } }"""
START = """mutation($m: String!, $p: String!) { bulkOperationRunMutation(mutation: $m, stagedUploadPath: $p) {
  bulkOperation { id status type query } userErrors { field message code } } }"""
SET = """mutation mark($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { metafields { value } userErrors { code elementIndex } } }"""
TAG = "mutation tag($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { userErrors { message } } }"
FILE = {"resource": "BULK_MUTATION_VARIABLES", "filename": "vars.jsonl", "mimeType": "text/jsonl", "httpMethod": "POST"}


@pytest.fixture
def bring(ask, web):
    """Stage a place and bring a file there; the path of it."""

    def bring(*lines, **changes):
        (place,) = ask(STAGE, i=[FILE])["data"]["stagedUploadsCreate"]["stagedTargets"]
        form = {one["name"]: one["value"] for one in place["parameters"]}
        content = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines).encode()
        body = {**form, **changes, "file": (io.BytesIO(content), "vars.jsonl")}
        answer = web.post(place["url"].removeprefix("http://store.test"), data=body)
        assert answer.status_code == (403 if changes else 201)
        return form["key"]

    return bring


def start(ask, mutation, path):
    return ask(START, m=mutation, p=path)["data"]["bulkOperationRunMutation"]


def results(ask, web, started):
    done = look(ask, started)
    assert done["status"] == "COMPLETED"
    return [json.loads(line) for line in web.get(done["url"].removeprefix("http://store.test")).text.splitlines()]


def test_each_line_is_carried_out_and_answered_by_its_number(granted, ask, web, bring, store, app):
    define(ask)
    people = [granted.create_customer(f"C{number}") for number in range(3)]
    wrong = value(people[1], "perhaps")
    path = bring(*({"metafields": [one]} for one in (value(people[0]), wrong, value(people[2], "false"))))
    started = start(ask, SET, path)
    assert started["userErrors"] == []
    assert (started["bulkOperation"]["type"], started["bulkOperation"]["query"]) == ("MUTATION", SET)
    found = results(ask, web, started)
    assert [one["__lineNumber"] for one in found] == [0, 1, 2]
    assert found[0]["data"]["metafieldsSet"] == {"metafields": [{"value": "true"}], "userErrors": []}
    assert [error["code"] for error in found[1]["data"]["metafieldsSet"]["userErrors"]] == ["INVALID_VALUE"]
    assert [[one.value for one in customer.metafields.values()] for customer in people] == [["true"], [], ["false"]]
    store.deliver_due()
    told = json.loads(app.received[-1].body)
    assert (app.topics[-1], told["type"], told["status"]) == ("bulk_operations/finish", "mutation", "completed")
    assert app.topics[-3:-1] == ["customers/update"] * 2


def test_one_runs_at_a_time_beside_bulk_queries(granted, store, ask, bring, watch):
    store.bulk_seconds = 60.0
    ann = granted.create_customer("Ann")
    path = bring({"id": gid(ann), "tags": ["vip"]})
    first = start(ask, TAG, path)
    assert [error["code"] for error in start(ask, TAG, path)["userErrors"]] == ["OPERATION_IN_PROGRESS"]
    query = (
        'mutation { bulkOperationRunQuery(query: "{ customers { edges { node { id } } } }") { userErrors { code } } }'
    )
    assert ask(query)["data"]["bulkOperationRunQuery"]["userErrors"] == []
    assert ann.tags == []
    watch.forward(seconds=61)
    assert look(ask, first)["status"] == "COMPLETED"
    assert ann.tags == ["vip"]
    assert start(ask, TAG, path)["userErrors"] == []


@pytest.mark.parametrize(
    ("mutation", "code"),
    [
        ("mutation {", "INVALID_MUTATION"),
        ("query { shop { name } }", "INVALID_MUTATION"),
        ("mutation { unknown { id } }", "INVALID_MUTATION"),
        (TAG + SET, "INVALID_MUTATION"),
        ("mutation($id: ID!) { bulkOperationCancel(id: $id) { userErrors { message } } }", "INVALID_MUTATION"),
    ],
)
def test_what_cannot_be_carried_out_in_bulk(granted, ask, bring, mutation, code):
    refused = start(ask, mutation, bring("{}"))
    assert (refused["bulkOperation"], [error["code"] for error in refused["userErrors"]]) == (None, [code])


def test_a_file_must_have_been_brought_where_it_was_asked_for(granted, ask, bring, watch):
    assert start(ask, TAG, "tmp/1/bulk/x/vars.jsonl")["userErrors"][0]["code"] == "NO_SUCH_FILE"
    assert start(ask, TAG, bring("{}", policy="forged"))["userErrors"][0]["code"] == "NO_SUCH_FILE"
    assert start(ask, TAG, bring("{}", key="tmp/elsewhere"))["userErrors"][0]["code"] == "NO_SUCH_FILE"
    for lines in (["not json"], ["[1]"], [""]):
        assert start(ask, TAG, bring(*lines))["userErrors"][0]["code"] == "INVALID_STAGED_UPLOAD_FILE"


def test_a_place_is_kept_for_a_day(granted, ask, web, watch):
    (place,) = ask(STAGE, i=[FILE])["data"]["stagedUploadsCreate"]["stagedTargets"]
    form = {one["name"]: one["value"] for one in place["parameters"]}
    watch.now += timedelta(days=1)
    answer = web.post("/staged-uploads", data={**form, "file": (io.BytesIO(b"{}"), "vars.jsonl")})
    assert answer.status_code == 403
    assert web.post("/staged-uploads", data=form).status_code == 403


def test_without_the_permission_each_line_is_refused(shop, token, ask, web, bring):
    ann = shop.create_customer("Ann")
    started = start(ask, TAG, bring({"id": gid(ann), "tags": ["vip"]}))
    (refused,) = results(ask, web, started)
    assert refused["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert ann.tags == []


def test_an_operation_that_fails_half_way_has_done_the_first_half(granted, store, ask, bring, watch):
    store.bulk_seconds = 10.0
    store.set_faults(type(store.trouble.of(granted.domain))(bulk_failed=1.0))
    people = [granted.create_customer(f"C{number}") for number in range(4)]
    started = start(ask, TAG, bring(*({"id": gid(one), "tags": ["vip"]} for one in people)))
    watch.forward(seconds=4)
    look(ask, started)
    watch.forward(seconds=60)
    assert look(ask, started)["status"] == "FAILED"
    assert [one.tags for one in people] == [["vip"], [], [], []]
