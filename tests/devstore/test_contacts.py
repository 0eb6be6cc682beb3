"""E-mail addresses, phones and address books of customers: no two records have the same, and merges combine them."""

import json

import pytest

from devstore.records import Address


def test_no_two_customers_have_one_address_or_phone(shop):
    ann = shop.create_customer("Ann", email="ann@x.test", phone="+96550001111")
    with pytest.raises(ValueError, match="Email has already been taken"):
        shop.create_customer("Bea", email="ANN@x.test")
    with pytest.raises(ValueError, match="Phone has already been taken"):
        shop.create_customer("Bea", phone="+965 5000 1111")
    bea = shop.create_customer("Bea", email="bea@x.test")
    with pytest.raises(ValueError, match="Email has already been taken"):
        shop.update_customer(bea.id, first_name="B", email="ann@x.test")
    assert (bea.first_name, bea.email) == ("Bea", "bea@x.test"), "nothing of a refused change is kept"
    assert len(shop.customers) == 2
    shop.update_customer(ann.id, phone="+96550002222")
    shop.update_customer(bea.id, phone="+96550001111")


def test_an_address_book_may_hold_somebody_elses_phone(shop):
    shop.install()
    shop.create_customer("Ann", phone="+96550001111")
    bea = shop.create_customer("Bea", email="bea@x.test", addresses=[Address(1, "+96550001111", "KW")])
    told = json.loads(shop.store.deliveries[-1].body)
    assert [(one["phone"], one["country_code"]) for one in told["addresses"]] == [("+96550001111", "KW")]
    assert told["default_address"]["phone"] == "+96550001111"
    shop.update_customer(bea.id, addresses=[Address(1, None), Address(2, "55501")])
    told = json.loads(shop.store.deliveries[-1].body)
    assert [one["default"] for one in told["addresses"]] == [True, False]
    assert [one["phone"] for one in told["addresses"]] == [None, "55501"]


def test_a_merge_leaves_one_record_with_what_both_had(shop):
    ann = shop.create_customer("Ann", phone="+96550001111")
    bea = shop.create_customer("Bea", email="bea@x.test", addresses=[Address(1, "+96550003333")])
    shop.merge_customers(ann.id, bea.id)
    assert (ann.email, ann.phone) == ("bea@x.test", "+96550001111")
    assert {one.phone for one in ann.addresses} == {"+96550001111", "+96550003333"}
    with pytest.raises(ValueError, match="taken"):
        shop.create_customer("Cleo", email="bea@x.test")


def test_below_level_2_an_address_has_no_phone(ask, shop):
    shop.create_customer("Ann", email="a@x.test", addresses=[Address(1, "+96550003333", "KW")])
    document = "{ customers(first: 1) { nodes { id addressesV2(first: 5) { nodes { phone countryCodeV2 } } } } }"
    found = ask(document)["data"]["customers"]["nodes"][0]["addressesV2"]["nodes"]
    assert found == [{"phone": "+96550003333", "countryCodeV2": "KW"}]
    shop.approve("level1")
    answer = ask(document)
    assert answer["data"]["customers"]["nodes"][0]["addressesV2"]["nodes"] == [{"phone": None, "countryCodeV2": None}]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"ACCESS_DENIED"}
