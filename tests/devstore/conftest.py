"""A development store whose clock stands still until it is moved, and an app that keeps what it is sent."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from devstore.store import DevStore

SECRET = "a-secret-of-forty-characters-for-testing"
EXCHANGE = {
    "client_id": "key",
    "client_secret": SECRET,
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
    "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
    "expiring": "1",
}


class Watch:
    """The store's clock."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **wait: float) -> None:
        self.now += timedelta(**wait)


class App:
    """What the app received; ``answers`` are the statuses to give, 200 once they run out."""

    def __init__(self) -> None:
        self.received: list[SimpleNamespace] = []
        self.answers: list[int | Exception] = []

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int:
        self.received.append(SimpleNamespace(url=url, headers=headers, body=body, topic=headers["X-Shopify-Topic"]))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def topics(self) -> list[str]:
        return [one.topic for one in self.received]


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def app():
    return App()


@pytest.fixture
def store(watch, app):
    return DevStore("key", SECRET, "http://app.test", "http://store.test", clock=watch, send=app)


@pytest.fixture
def shop(store):
    return store.add_shop(
        "demo.myshopify.com", currency="KWD", timezone="Asia/Kuwait", name="Bazaar", primary_locale="ar"
    )


@pytest.fixture
def web(store):
    return store.wsgi.test_client()


@pytest.fixture
def token(shop, web):
    shop.install()
    return exchange(shop, web).get_json()["access_token"]


@pytest.fixture
def ask(web, token):
    """Ask the Admin API of the first shop."""

    def ask(query: str, token: str = token, **variables: object) -> dict:
        answer = web.post(
            "/demo.myshopify.com/admin/api/2026-10/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": token},
        )
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    return ask


def exchange(shop, web, **changes: object):
    given = {**EXCHANGE, "subject_token": shop.id_token(), **changes}
    return web.post(
        f"/{shop.domain}/admin/oauth/access_token", json={key: one for key, one in given.items() if one is not None}
    )
