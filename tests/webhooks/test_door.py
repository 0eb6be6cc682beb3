"""The door over real HTTP: what is let in, what is refused, and that a 200 means it is on disk."""

import base64
import hashlib
import hmac
import http.client
import json
import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from werkzeug.serving import make_server

from shopify_app.app import build, create_app
from tests.factories import make_shop
from webhooks.inbox import HANDLED, PARKED, WAITING, Delivery

SECRET, OLD = "test-secret-of-more-than-32-bytes", "old-secret-of-more-than-32-bytes"
ORDER = json.dumps(
    {
        "id": 820982911946154508,
        "name": "#1001",
        "created_at": "2026-11-20T10:00:00+03:00",
        "updated_at": "2026-11-20T10:00:00+03:00",
        "currency": "KWD",
        "customer": {"id": 115310627314723954},
        "financial_status": "paid",
        "note": "نورة\r\n",
        "line_items": [{"id": 1, "price": "10.000", "quantity": 2, "title": "عود"}],
    },
    ensure_ascii=False,
).encode()


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def headers(
    body=ORDER, *, secret=SECRET, topic="orders/create", shop="alice.myshopify.com", number="w1", family="X-Shopify"
):
    return {
        f"{family}-Topic": topic,
        f"{family}-Hmac-Sha256": sign(body, secret),
        f"{family}-Shop-Domain": shop,
        f"{family}-API-Version": "2026-10",
        f"{family}-Webhook-Id": number,
        f"{family}-Triggered-At": "2026-11-20T07:00:00.123Z",
    }


class Doorstep:
    """A server on a real socket, and what lies behind it."""

    def __init__(self, config, database, clock, directory):
        self.wafa = build(
            replace(config, old_api_secret=OLD),
            database=database,
            clock=clock,
            sleep=lambda _: None,
            directory=directory,
        )
        self.woken = []
        self.server = make_server("127.0.0.1", 0, create_app(wafa=self.wafa, wake=self.woken.append), threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.database = database
        self.shop = make_shop(database, currency="KWD", timezone="Asia/Kuwait")

    def post(self, body=ORDER, method="POST", path="/webhooks", **sent):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)
        connection.putrequest(method, path)
        for name, value in (sent or headers(body)).items():
            connection.putheader(name, value.encode("utf-8") if isinstance(value, str) else value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text)

    def deliveries(self):
        with self.database.reading() as session:
            return session.scalars(select(Delivery).order_by(Delivery.id)).all()

    def orders(self):
        with self.database.reading() as session:
            from shopify_app.orders.model import Order

            return session.scalar(select(func.count()).select_from(Order))

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def door(config, database, clock, tmp_path):
    step = Doorstep(config, database, clock, tmp_path)
    yield step
    step.close()


def test_a_signed_delivery_is_kept_and_handled(door):
    status, answer = door.post()
    assert (status, answer["kept"]) == (200, True)
    assert door.woken == ["alice.myshopify.com"]
    assert door.wafa.drain.sweep() == 1
    assert door.orders() == 1
    assert [delivery.state for delivery in door.deliveries()] == [HANDLED]


def test_the_body_is_not_readable_on_disk(door):
    door.post()
    (delivery,) = door.deliveries()
    assert b"customer" not in delivery.body
    with door.database.reading() as session:
        assert door.wafa.inbox.body(session, delivery) == ORDER


@pytest.mark.parametrize(
    "signature",
    [None, "", "wrong", sign(ORDER)[:-4], sign(ORDER)[:20], "é", "ü" * 44, sign(b"other"), sign(ORDER, "third")],
)
def test_a_signature_that_does_not_fit_is_401(door, signature):
    sent = headers()
    del sent["X-Shopify-Hmac-Sha256"]
    if signature is not None:
        sent["X-Shopify-Hmac-Sha256"] = signature
    status, answer = door.post(**sent)
    assert status == 401
    assert answer["request_id"]
    assert door.deliveries() == []


@pytest.mark.parametrize("path", ["/webhooks", "/webhooks/compliance", "/webhooks/x/y"])
@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
def test_anything_but_post_is_405(door, method, path):
    connection = http.client.HTTPConnection("127.0.0.1", door.server.server_port, timeout=10)
    connection.request(method, path)
    assert connection.getresponse().status == 405
    connection.close()


def test_the_same_delivery_twice_counts_once(door):
    answers = [door.post() for _ in range(3)]
    assert [status for status, _ in answers] == [200] * 3
    assert [answer["kept"] for _, answer in answers] == [True, False, False]
    assert door.wafa.drain.sweep() == 1
    assert door.orders() == 1
    # Not a second time after it was handled, either.
    assert door.post()[1]["kept"] is False
    assert door.wafa.drain.sweep() == 0


@pytest.mark.parametrize("family", ["X-Shopify", "Shopify", "x-shopify"])
@pytest.mark.parametrize("secret", [SECRET, OLD])
def test_both_header_families_and_both_secrets_are_taken(door, family, secret):
    status, answer = door.post(**headers(family=family, secret=secret))
    assert (status, answer["kept"]) == (200, True)


def test_an_unknown_topic_is_kept(door):
    assert door.post(**headers(topic="carts/create"))[0] == 200
    assert door.wafa.drain.sweep() == 1
    assert [delivery.topic for delivery in door.deliveries()] == ["carts/create"]


def test_an_unknown_shop_is_kept_until_it_installs(door):
    assert door.post(**headers(shop="later.myshopify.com"))[0] == 200
    assert door.wafa.drain.sweep() == 0
    make_shop(door.database, "later.myshopify.com", currency="KWD")
    assert door.wafa.drain.sweep() == 1
    assert door.orders() == 1


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b"[]", b'{"id": "one"}', b'{"id": 1}'])
def test_a_body_that_cannot_be_read_is_parked_and_blocks_nobody(door, body):
    assert door.post(body, **headers(body, number="bad"))[0] == 200
    assert door.post(**headers(number="good"))[0] == 200
    door.wafa.drain.sweep()
    assert {delivery.webhook_id: delivery.state for delivery in door.deliveries()} == {"bad": PARKED, "good": HANDLED}
    assert door.orders() == 1
    parked = next(delivery for delivery in door.deliveries() if delivery.state == PARKED)
    assert parked.error == "Malformed"


def test_parked_deliveries_can_be_replayed(door):
    door.post(b"{", **headers(b"{"))
    door.wafa.drain.sweep()
    runner = create_app(wafa=door.wafa).test_cli_runner()
    assert "1 parked" in runner.invoke(args=["replay", "--shop", "alice.myshopify.com"]).output
    assert [delivery.state for delivery in door.deliveries()] == [WAITING]


@pytest.mark.parametrize(
    "change",
    [
        {"X-Shopify-Shop-Domain": "evil.com"},
        {"X-Shopify-Shop-Domain": "alice.myshopify.com.evil.com"},
        {"X-Shopify-Webhook-Id": ""},
        {"X-Shopify-Topic": ""},
    ],
)
def test_headers_that_name_nothing_are_400(door, change):
    assert door.post(**{**headers(), **change})[0] == 400
    assert door.deliveries() == []


def test_a_body_over_five_megabytes_is_413(door):
    big = b"x" * (5 * 1024 * 1024 + 1)
    assert door.post(big, **headers(big))[0] == 413


def test_a_wrong_time_of_trigger_does_not_matter(door):
    assert door.post(**{**headers(), "X-Shopify-Triggered-At": "yesterday"})[0] == 200
    assert door.wafa.drain.sweep() == 1


def test_one_failing_delivery_pays_alone_and_is_parked_in_the_end(door, monkeypatch):
    from webhooks.topics import FACTS

    def break_on(payload, context):
        if b"820982911946154509" in payload:
            raise RuntimeError("boom")
        return read(payload, context)

    read = FACTS["orders/create"]
    monkeypatch.setitem(FACTS, "orders/create", break_on)
    for number in (7, 8, 9):
        body = ORDER.replace(b"820982911946154508", f"82098291194615450{number}".encode())
        door.post(body, **headers(body, number=str(number)))
    for attempt in range(5):
        door.wafa.drain.sweep()
        # Not tried again before its time.
        door.wafa.drain.sweep()
        assert door.deliveries()[-1].attempts == attempt + 1
        door.wafa.clock.forward(5 * 2**attempt)
    assert {each.webhook_id: each.state for each in door.deliveries()} == {"7": HANDLED, "8": HANDLED, "9": PARKED}
    assert [each.attempts for each in door.deliveries()] == [0, 0, 5]
    assert door.orders() == 2
