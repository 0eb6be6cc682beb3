"""Metafields and tags of customers: what may be written, by whom, and what comes back as a webhook."""

import json

import pytest

DEFINE = """mutation($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) {
  createdDefinition { id namespace key type { name } capabilities { adminFilterable { enabled status } }
    access { admin } metafieldsCount } userErrors { field message code } } }"""
UNDEFINE = """mutation($i: MetafieldDefinitionIdentifierInput!, $all: Boolean!) {
  metafieldDefinitionDelete(identifier: $i, deleteAllAssociatedMetafields: $all) {
  deletedDefinitionId deletedDefinition { namespace key } userErrors { code } } }"""
FIND = """query($i: MetafieldDefinitionIdentifierInput!) { metafieldDefinition(identifier: $i) { id namespace
  metafieldsCount } }"""
SET = """mutation($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
  metafields { id namespace key type value compareDigest } userErrors { field message code } } }"""
DELETE = """mutation($m: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $m) {
  deletedMetafields { ownerId namespace key } userErrors { message } } }"""
READ = """query($id: ID!) { customer(id: $id) { tags
  metafield(namespace: "$app", key: "vip") { value definition { key } }
  metafields(first: 9) { nodes { key value } } } }"""
TAG = "mutation($id: ID!, $t: [String!]!) { tagsAdd(id: $id, tags: $t) { node { id } userErrors { field message } } }"
UNTAG = TAG.replace("tagsAdd", "tagsRemove")
VIP = {"name": "VIP", "key": "vip", "type": "boolean", "ownerType": "CUSTOMER"}
OWN = "app--1300001"


@pytest.fixture
def granted(shop, token, store):
    """The app has the optional permission, too."""
    shop.set_scopes([*store.scopes, "write_customers"])
    return shop


@pytest.fixture
def ann(granted):
    return granted.create_customer("Ann")


def gid(customer):
    return f"gid://shopify/Customer/{customer.id}"


def value(customer, text="true", **more):
    return {"ownerId": gid(customer), "namespace": "$app", "key": "vip", "value": text, **more}


def define(ask, **changes):
    return ask(DEFINE, d={**VIP, **changes})["data"]["metafieldDefinitionCreate"]


def write(ask, *values):
    return ask(SET, m=list(values))["data"]["metafieldsSet"]


def codes(payload):
    return [error["code"] for error in payload["userErrors"]]


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (DEFINE, {"d": VIP}),
        (SET, {"m": [{"ownerId": "gid://shopify/Customer/1", "key": "vip", "value": "true"}]}),
        (DELETE, {"m": [{"ownerId": "gid://shopify/Customer/1", "namespace": "$app", "key": "vip"}]}),
        (TAG, {"id": "gid://shopify/Customer/1", "t": ["x"]}),
        (UNTAG, {"id": "gid://shopify/Customer/1", "t": ["x"]}),
    ],
)
def test_without_the_permission_nothing_is_written(ask, document, variables):
    answer = ask(document, **variables)
    assert set(answer["data"].values()) == {None}
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert "write_customers" in answer["errors"][0]["message"]


def test_a_definition_is_made_once_and_stands_under_the_apps_number(granted, ask):
    made = define(ask, capabilities={"adminFilterable": {"enabled": True}}, access={"admin": "MERCHANT_READ"})
    assert made["userErrors"] == []
    assert (made["createdDefinition"]["namespace"], made["createdDefinition"]["key"]) == (OWN, "vip")
    assert made["createdDefinition"]["capabilities"]["adminFilterable"] == {"enabled": True, "status": "FILTERABLE"}
    assert made["createdDefinition"]["access"] == {"admin": "MERCHANT_READ"}
    assert codes(define(ask, namespace="$app")) == ["TAKEN"]
    found = ask(FIND, i={"ownerType": "CUSTOMER", "namespace": "$app", "key": "vip"})["data"]["metafieldDefinition"]
    assert found["id"] == made["createdDefinition"]["id"]
    assert ask(FIND, i={"ownerType": "ORDER", "key": "vip"})["data"]["metafieldDefinition"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "BLANK"),
        ({"type": "colour"}, "INCLUSION"),
        ({"key": "v"}, "TOO_SHORT"),
        ({"key": "v" * 65}, "TOO_LONG"),
        ({"key": "v.i.p"}, "INVALID"),
        ({"namespace": "app--7"}, "INVALID"),
        ({"namespace": "custom", "access": {"admin": "MERCHANT_READ"}}, "ADMIN_ACCESS_INPUT_NOT_ALLOWED"),
        ({"type": "json", "capabilities": {"adminFilterable": {"enabled": True}}}, "INVALID_CAPABILITY"),
        ({"capabilities": {"smartCollectionCondition": {"enabled": True}}}, "INVALID_CAPABILITY"),
    ],
)
def test_what_a_definition_may_not_be(granted, ask, changes, code):
    refused = define(ask, **changes)
    assert (refused["createdDefinition"], codes(refused)) == (None, [code])


def test_at_most_fifty_definitions_can_be_filtered_by(granted, ask):
    filterable = {"capabilities": {"adminFilterable": {"enabled": True}}}
    for number in range(50):
        assert codes(define(ask, key=f"vip{number}", **filterable)) == []
    assert codes(define(ask, **filterable)) == ["OWNER_TYPE_LIMIT_EXCEEDED_FOR_USE_AS_ADMIN_FILTERS"]
    assert codes(define(ask)) == []


def test_values_are_written_all_or_none(ann, granted, ask):
    define(ask)
    bea = granted.create_customer("Bea")
    assert write(ask, value(ann), value(bea, "no"))["metafields"] == []
    assert codes(write(ask, value(ann), value(bea, "no"))) == ["INVALID_VALUE"]
    assert ann.metafields == {}
    (written, _) = write(ask, value(ann), value(bea, "false"))["metafields"]
    assert (written["namespace"], written["type"], written["value"]) == (OWN, "boolean", "true")
    read = ask(READ, id=gid(ann))["data"]["customer"]
    assert read["metafield"] == {"value": "true", "definition": {"key": "vip"}}
    assert read["metafields"]["nodes"] == [{"key": "vip", "value": "true"}]


def test_each_wrong_value_is_named(ann, ask):
    assert codes(write(ask, value(ann))) == ["BLANK"], "neither a type nor a definition"
    define(ask)
    assert codes(write(ask, value(ann, ownerId="gid://shopify/Customer/1"))) == ["INVALID"]
    assert codes(write(ask, value(ann, type="json"))) == ["INVALID_TYPE"]
    assert codes(write(ask, value(ann, " "))) == ["BLANK"]
    assert codes(write(ask, *[value(ann)] * 26)) == ["LESS_THAN_OR_EQUAL_TO"]
    assert codes(write(ask, value(ann, namespace="app--7"))) == ["APP_NOT_AUTHORIZED"]


def test_a_digest_keeps_a_later_writer_from_overwriting(ann, ask):
    define(ask)
    (first,) = write(ask, value(ann, compareDigest=None))["metafields"]
    assert codes(write(ask, value(ann, "false", compareDigest=None))) == ["STALE_OBJECT"]
    assert codes(write(ask, value(ann, "false", compareDigest="else"))) == ["STALE_OBJECT"]
    assert codes(write(ask, value(ann, "false", compareDigest=first["compareDigest"]))) == []
    assert codes(write(ask, value(ann, "true", compareDigest=first["compareDigest"]))) == ["STALE_OBJECT"]


def test_what_is_deleted_is_null_where_it_was_not_there(ann, ask):
    define(ask)
    write(ask, value(ann))
    named = {"ownerId": gid(ann), "namespace": "$app", "key": "vip"}
    gone = ask(DELETE, m=[named, named])["data"]["metafieldsDelete"]["deletedMetafields"]
    assert gone == [{**named, "namespace": OWN}, None]
    answer = ask(DELETE, m=[named] * 251)
    assert answer["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"


def test_a_definition_of_the_apps_own_goes_with_its_values(ann, ask):
    define(ask)
    write(ask, value(ann))
    named = {"ownerType": "CUSTOMER", "key": "vip"}
    refused = ask(UNDEFINE, i=named, all=False)["data"]["metafieldDefinitionDelete"]
    assert codes(refused) == ["RESERVED_NAMESPACE_ORPHANED_METAFIELDS"]
    gone = ask(UNDEFINE, i=named, all=True)["data"]["metafieldDefinitionDelete"]
    assert gone["deletedDefinition"] == {"namespace": OWN, "key": "vip"}
    assert ask(READ, id=gid(ann))["data"]["customer"]["metafield"] is None
    assert codes(ask(UNDEFINE, i=named, all=True)["data"]["metafieldDefinitionDelete"]) == ["NOT_FOUND"]


def test_every_write_comes_back_as_a_webhook_and_a_later_change(ann, store, app, ask, watch):
    define(ask)
    for document, variables in (
        (SET, {"m": [value(ann)]}),
        (TAG, {"id": gid(ann), "t": ["vip"]}),
        (UNTAG, {"id": gid(ann), "t": ["vip"]}),
        (DELETE, {"m": [{"ownerId": gid(ann), "namespace": "$app", "key": "vip"}]}),
    ):
        store.deliver_due()
        watch.forward(seconds=1)
        before = len(app.received)
        ask(document, **variables)
        store.deliver_due()
        (echo,) = app.received[before:]
        assert (echo.topic, json.loads(echo.body)["id"]) == ("customers/update", ann.id)
        assert ann.updated_at == watch.now
    before = len(app.received)
    ask(UNTAG, id=gid(ann), t=["vip"])
    store.deliver_due()
    assert len(app.received) == before, "what changes nothing is not told"


def test_tags_are_told_apart_by_letters_not_by_case(ann, ask):
    for tags in (["VIP", "gold"], ["vip, Silver"], ["gold"]):
        assert ask(TAG, id=gid(ann), t=tags)["data"]["tagsAdd"]["userErrors"] == []
    assert ask(READ, id=gid(ann))["data"]["customer"]["tags"] == ["gold", "Silver", "VIP"]
    found = ask('{ customers(first: 2, query: "tag:vip") { nodes { id } } }')["data"]["customers"]["nodes"]
    assert found == [{"id": gid(ann)}]
    ask(UNTAG, id=gid(ann), t=["vip", "none"])
    assert ann.tags == ["gold", "Silver"]


def test_what_no_tag_may_be(ann, ask):
    nobody = ask(TAG, id="gid://shopify/Customer/1", t=["x"])["data"]["tagsAdd"]
    assert (nobody["node"], nobody["userErrors"]) == (None, [{"field": ["id"], "message": "Customer does not exist"}])
    assert ask(TAG, id=gid(ann), t=["x" * 256])["data"]["tagsAdd"]["userErrors"]
    assert ask(TAG, id=gid(ann), t=[str(number) for number in range(251)])["data"]["tagsAdd"]["userErrors"]
    assert ann.tags == []


def test_a_merge_keeps_the_tags_of_both(granted, ann, ask):
    bea = granted.create_customer("Bea")
    ask(TAG, id=gid(ann), t=["vip"])
    ask(TAG, id=gid(bea), t=["VIP", "b"])
    granted.merge_customers(ann.id, bea.id)
    assert ann.tags == ["b", "vip"]
