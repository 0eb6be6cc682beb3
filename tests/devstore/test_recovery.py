"""The storefront's checkout as it is left and come back to, over HTTP; the store's clock."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.devstore.conftest import exchange
from tests.devstore.test_kept_checkouts import ann, heard, oud

assert ann
assert heard
assert oud


@pytest.fixture
def till(web, oud):
    def till(status=200, **wish):
        answer = web.post(
            "/store/demo/checkout", json={"lines": [{"product_id": oud.id, "quantity": 2}], "keep": True, **wish}
        )
        assert answer.status_code == status, answer.text
        return answer.get_json()

    return till


def topics(told):
    return [topic for topic, _ in told]


def local(shop, url):
    return url.replace(f"https://{shop.domain}/", f"/{shop.domain}/")


def test_who_says_who_they_are_is_kept_from_then_on(shop, token, till, heard):
    heard()
    assert till()["checkout"] is None
    assert till(email="a@x")["checkout"]["who"] == "a@x"
    assert topics(heard()) == ["checkouts/create"]
    assert len(shop.checkouts.all) == 1
    [kept] = shop.checkouts.all
    changed = till(checkout=kept, email="ann@x.test", accepts_email=True)
    assert changed["checkout"]["token"] == kept
    assert topics(heard())[-1] == "checkouts/update"
    placed = till(checkout=kept, email="ann@x.test", accepts_email=True, place=True)
    assert placed["checkout"]["completed"] is True
    order = shop.orders[placed["order"]["id"]]
    assert (order.arrival.checkout_token, order.customer.consent("email")[0]) == (kept, "SUBSCRIBED")
    assert topics(heard()) == ["checkouts/update", "orders/create", "orders/updated", "checkouts/update"]
    assert till(checkout=kept, email="ann@x.test")["checkout"]["token"] != kept, "what is completed stays so"


def test_a_wallet_and_a_plain_request_keep_none(shop, token, till, ann, heard):
    heard()
    assert till(keep=False, email="a@x.test")["checkout"] is None
    assert till(express=True, customer_id=ann.id)["order"]["customer"]["id"] == ann.id
    assert topics(heard()) == ["orders/create", "orders/updated"]
    assert not shop.checkouts.all


def test_a_recovery_link_brings_goods_codes_and_our_parameters(shop, web, token, till, oud, heard):
    kept = till(email="zed@x.test", codes=["FIRST"], country="kw", accepts_email=True)["checkout"]
    heard()
    link = local(shop, kept["recovery_url"])
    answer = web.get(f"{link}&utm_source=wafa&discount=TEN&m=a%26b%3D1")
    assert answer.status_code == 302
    place = urlsplit(answer.headers["Location"])
    assert parse_qs(place.query) == {
        "checkout": [kept["token"]],
        "utm_source": ["wafa"],
        "discount": ["TEN"],
        "m": ["a&b=1"],
    }
    page = web.get(answer.headers["Location"]).text
    assert 'value="FIRST TEN"' in page
    assert f'name="pieces-{oud.id}" inputmode="numeric" aria-label="Pieces of Oud" value="2"' in page
    assert 'value="zed@x.test"' in page
    assert f'name="checkout" value="{kept["token"]}"' in page
    assert heard() == []
    placed = till(checkout=kept["token"], email="zed@x.test", place=True)
    body = next(body for topic, body in heard() if topic == "orders/create")
    assert parse_qs(urlsplit(body["landing_site"]).query)["m"] == ["a&b=1"]
    assert body["checkout_token"] == kept["token"]
    assert web.get(link).headers["Location"] == placed["order"]["url"]


def test_a_link_with_another_key_or_shop_leads_nowhere(shop, web, till):
    link = local(shop, till(email="zed@x.test")["checkout"]["recovery_url"])
    for wrong in (
        link[:-1],
        link.replace("key=", "k="),
        link.replace(f"/{shop.id}/", "/1/"),
        f"/x.y{link}",
        f"{link}é",
    ):
        assert web.get(wrong).status_code == 404
    assert web.get("/store/demo/checkout?checkout=none").status_code == 200


def test_the_form_keeps_what_is_typed_and_leaves(shop, web, oud):
    form = {"email": "zed@x.test", f"pieces-{oud.id}": "1", "accepts_email": "yes", "act": "leave"}
    answer = web.post("/store/demo/checkout", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/store/demo")
    [kept] = shop.checkouts.all.values()
    assert (kept.email, kept.customer.consent("email")[0]) == ("zed@x.test", "SUBSCRIBED")
    home = web.get("/store/demo").text
    assert kept.name in home
    assert "subscribed" in home
    page = web.post("/store/demo/checkout", data={**form, "checkout": kept.token, "act": "look"}).text
    assert f"Kept as checkout {kept.name}" in page
    assert len(shop.checkouts.all) == 1


def test_the_home_page_abandons_completes_and_deletes(shop, web, oud, ann, watch):
    leave = "/store/demo/checkouts"
    assert web.post(leave, data={"customer_id": ann.id, "product_id": oud.id, "minutes": "90"}).status_code == 303
    assert web.post(leave, data={"phone": "+96551112223", "product_id": oud.id, "pieces": "2"}).status_code == 303
    assert web.post(leave, data={"product_id": oud.id}).status_code == 422
    first, second = shop.checkouts.all.values()
    assert (watch.now - first.updated_at).total_seconds() == 5400
    assert (second.customer, second.phone) == (None, "+96551112223")
    for act in ("mail", "complete"):
        assert web.post(f"{leave}/{first.token}/{act}").status_code == 303
    assert (first.email_state, shop.orders[first.order_id].customer) == ("SENT", ann)
    assert web.post(f"{leave}/{first.token}/complete").status_code == 422
    assert web.post(f"{leave}/{second.token}/delete").status_code == 303
    assert web.post(f"{leave}/{second.token}/delete").status_code == 404
    assert web.post(f"{leave}/{first.token}/eat").status_code == 404


def test_control_abandons_counts_stock_and_moves_the_clock(shop, web, oud, token):
    def act(action, status=200, **wish):
        answer = web.post(f"/store/demo/control/{action}", json=wish)
        assert answer.status_code == status, answer.text
        return answer.get_json()

    kept = act("abandon", email="zed@x.test", product_id=oud.id)["checkout"]
    assert act("stock", product_id=oud.id, pieces=1) == {"product": oud.id, "stock": 1}
    assert act("stock", product_id=oud.id)["stock"] is None
    before = shop.store.now()
    assert act("clock", hours=2, days=1)["ahead_seconds"] == 93_600
    assert (shop.store.now() - before).total_seconds() == 93_600
    assert web.get("/clock").get_json()["ahead_seconds"] == 93_600
    act("clock", 422, hours=-1)
    assert act("checkout", token=kept["token"], act="complete")["checkout"]["completed"] is True
    done = shop.checkouts.all[kept["token"]]
    assert done.completed_at == shop.store.now()
    assert done.recovered
    act("checkout", 422, token=kept["token"], act="complete")
    act("checkout", 422, token="none", act="mail")
    act("checkout", 422, token=kept["token"], act="eat")
    assert exchange(shop, web).status_code == 200, "who is signed in stays so"
