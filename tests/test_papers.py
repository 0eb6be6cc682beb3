"""What the papers say is what the code does: settings, scopes, topics, fields, metrics, links, names."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect as shapes

from devstore.store import DevStore
from shopify_app.checkouts import payload as checkout_payload
from shopify_app.config import API_VERSION, DEFAULT_SCOPES
from shopify_app.orders import payload
from shopify_app.retention.registry import METRICS
from shopify_app.shops.access import OPTIONAL
from webhooks.topics import (
    HANDLERS,
    app_scopes_update,
    checkouts_delete,
    customers_create,
    customers_email_marketing_consent_update,
    customers_marketing_consent_update,
    customers_merge,
    orders_edited,
    shop_update,
)
from webhooks.topics.context import Numbered

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
TOML = (ROOT / "shopify.app.toml").read_text(encoding="utf-8")
APP = tomllib.loads(TOML)
SUBSCRIPTIONS = APP["webhooks"]["subscriptions"]
PUBLISHED = json.loads((ROOT / "tests/devstore/published_keys.json").read_text(encoding="utf-8"))
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

BASE = {"id", "updated_at", "created_at", "admin_graphql_api_id"}
READ: dict[str, type[msgspec.Struct] | None] = {
    "orders/create": payload._Order,
    "orders/updated": payload._Order,
    "orders/cancelled": payload._Order,
    "orders/edited": orders_edited._Edited,
    "orders/delete": Numbered,
    "refunds/create": payload._Refund,
    "checkouts/create": checkout_payload._Checkout,
    "checkouts/update": checkout_payload._Checkout,
    "checkouts/delete": checkouts_delete._Deleted,
    "customers/create": customers_create._Customer,
    "customers/update": customers_create._Customer,
    "customers/merge": customers_merge._Merge,
    "customers_email_marketing_consent/update": customers_email_marketing_consent_update._Told,
    "customers_marketing_consent/update": customers_marketing_consent_update._Told,
    "app/uninstalled": None,
    "app/scopes_update": app_scopes_update._Scopes,
    "shop/update": shop_update._Shop,
    "bulk_operations/finish": None,
}
"""The shape that each topic's handler decodes; None where it reads nothing of the body."""


def topics(subscription: dict[str, Any]) -> list[str]:
    return [*subscription.get("topics", []), *subscription.get("compliance_topics", [])]


def file_of(topic: str) -> str:
    return topic.replace("/", "_")


def leaves(shape: type[msgspec.Struct]) -> set[str]:
    """Every field that decoding a payload may read, nested ones with a period."""
    return {name for field in msgspec.structs.fields(shape) for name in _under(field.type, field.encode_name)}


def _under(kind: Any, path: str) -> Iterator[str]:
    return _walk(shapes.type_info(kind), path)


def _walk(kind: shapes.Type, path: str) -> Iterator[str]:
    if isinstance(kind, shapes.StructType):
        for field in kind.fields:
            yield from _walk(field.type, f"{path}.{field.encode_name}")
    elif isinstance(kind, shapes.ListType):
        yield from _walk(kind.item_type, path)
    elif isinstance(kind, shapes.UnionType):
        for one in kind.types:
            if not isinstance(one, shapes.NoneType):
                yield from _walk(one, path)
    else:
        yield path


def published(topic: str) -> set[str]:
    return {key.replace("[]", "") for key in PUBLISHED[topic]}


def test_each_topic_is_subscribed_once_has_a_handler_and_a_file():
    subscribed = [topic for subscription in SUBSCRIPTIONS for topic in topics(subscription)]
    assert sorted(subscribed) == sorted(HANDLERS)
    files = {path.stem for path in (ROOT / "webhooks/topics").glob("*.py")} - {"__init__", "context"}
    assert files == {file_of(topic) for topic in HANDLERS}


def test_the_subscription_names_its_files():
    blocks = TOML.split("[[webhooks.subscriptions]]")
    for above, subscription in zip(blocks, SUBSCRIPTIONS, strict=False):
        handled = re.findall(r"^# Handled by (\S+)$", above.rpartition("\n\n")[2], re.MULTILINE)
        assert handled == [f"webhooks/topics/{file_of(topic)}.py" for topic in topics(subscription)]


def test_compliance_topics_have_their_own_address():
    for subscription in SUBSCRIPTIONS:
        compliance = "compliance_topics" in subscription
        assert subscription["uri"] == ("/webhooks/compliance" if compliance else "/webhooks")


@pytest.mark.parametrize("topic", READ)
def test_we_are_sent_exactly_what_we_read(topic):
    subscription = next(one for one in SUBSCRIPTIONS if topic in topics(one))
    shape = READ[topic]
    read = leaves(shape) if shape else set()
    assert set(subscription["include_fields"]) == read | BASE & published(topic)


@pytest.mark.parametrize("topic", READ)
def test_what_we_read_is_in_shopifys_example(topic):
    """A list may be empty in the example: what is below it cannot be looked up."""
    subscription = next(one for one in SUBSCRIPTIONS if topic in topics(one))
    known = published(topic)
    for field in subscription["include_fields"]:
        path = field
        while path not in known and "." in path:
            path = path.rpartition(".")[0]
            assert not [key for key in known if key.startswith(f"{path}.")], field
        assert path in known, field


def trimmed(value: Any, fields: list[str]) -> Any:
    """The body as Shopify cuts it down to these fields."""
    if isinstance(value, list):
        return [trimmed(one, fields) for one in value]
    if not isinstance(value, dict) or "" in fields:
        return value
    below = {name: [f.partition(".")[2] for f in fields if f.partition(".")[0] == name] for name in value}
    return {name: trimmed(value[name], rest) for name, rest in below.items() if rest}


def test_the_trimmed_body_reads_the_same():
    store = DevStore("key", "secret", "https://app.test", "https://store.test", seed=1)
    shop = store.add_shop("a.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    buyer = shop.create_customer("Noura", "Ali", "noura@example.com", "ar").id
    lines = [{"price": "10.000", "quantity": 3}, {"price": "25.000", "quantity": 1, "gift_card": True}]
    order = shop.place_order(buyer, lines, discount="1.000", shipping="2.000")
    shop.sending.send(order.id)
    refunds = [shop.refund(order.id, lines={line.id: 1 for line in order.lines}), shop.refund(order.id, amount="4.500")]
    whole = shop.payload("orders/updated", order)
    fields = next(one["include_fields"] for one in SUBSCRIPTIONS if "orders/updated" in topics(one))
    cut = json.dumps(trimmed(whole, fields)).encode()
    assert payload.read_order(cut) == payload.read_order(json.dumps(whole).encode())
    assert payload.read_order(cut)[0].refunds == payload.read_order(json.dumps(whole).encode())[0].refunds
    assert payload.read_order(cut)[0].fulfilled_at == order.updated_at
    assert b"noura" not in cut.lower()
    fields = next(one["include_fields"] for one in SUBSCRIPTIONS if "refunds/create" in topics(one))
    for refund in refunds:
        whole = shop.payload("refunds/create", (order, refund))
        cut = json.dumps(trimmed(whole, fields)).encode()
        assert payload.read_refund(cut, "KWD") == payload.read_refund(json.dumps(whole).encode(), "KWD")


def test_every_topic_with_a_choice_of_fields_is_read_by_a_known_shape():
    assert set(READ) == {topic for one in SUBSCRIPTIONS if "topics" in one for topic in one["topics"]}


def test_scopes_version_and_callback_are_those_of_the_code():
    assert APP["access_scopes"]["scopes"] == DEFAULT_SCOPES
    assert APP["access_scopes"]["optional_scopes"] == [scope for need in OPTIONAL for scope in need.asked.split()]
    assert APP["webhooks"]["api_version"] == API_VERSION
    assert APP["auth"]["redirect_urls"] == [f"{APP['application_url']}/auth/callback"]


def test_every_setting_is_explained():
    source = (ROOT / "shopify_app/config.py").read_text(encoding="utf-8")
    settings = set(re.findall(r"""env(?:\.get\(|\[|, )"([A-Z_]+)\"""", source))
    assert len(settings) > 10
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == settings
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE)) == settings


def test_the_layers_are_the_ones_that_are_checked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = project["tool"]["importlinter"]["contracts"][0]
    block = re.search(r"^## Layers.*?^```\n(.*?)^```", ARCHITECTURE, re.MULTILINE | re.DOTALL)
    assert block is not None
    assert block[1].splitlines() == contract["layers"]


def test_every_metric_has_a_section():
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    assert re.findall(r"^### `(\w+)`", text, re.MULTILINE) == list(METRICS)


def test_every_dependency_has_a_reason():
    reasons = next((ROOT / "docs/adr").glob("0010-*.md")).read_text(encoding="utf-8").lower()
    for file in ("requirements.txt", "requirements-demo.txt"):
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        names = [re.split(r"[=\[]", line)[0].lower() for line in lines if re.match(r"\w", line)]
        assert [name for name in names if f"| {name} |" not in reasons] == []


def test_decisions_are_numbered_without_a_gap():
    numbers = [path.name[:4] for path in sorted((ROOT / "docs/adr").glob("*.md"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_lead_somewhere(paper):
    for target in re.findall(r"\]\(([^)\s]+)\)", paper.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:|#", target):
            assert (paper.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_files_and_functions_that_are_named_exist(paper):
    named = re.findall(r"`([\w./-]+\.(?:py|toml|html|js|graphql|po))(?::([\w.]+))?`", paper.read_text(encoding="utf-8"))
    for file, name in named:
        if "/" in file or file.endswith(".toml"):
            path = ROOT / file
            assert path.exists(), file
            last = name.rpartition(".")[2]
            assert not name or re.search(rf"^\s*(def|class) {last}\b|^{last}\b", path.read_text(), re.MULTILINE), name


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_commands_that_are_named_exist(paper):
    text = paper.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    files = ("shopify_app/commands.py", "shopify_app/backup_commands.py")
    source = "".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    commands = set(re.findall(r"""click\.command\("([a-z-]+)\"""", source))
    assert set(re.findall(r"flask --app shopify_app\.app ([a-z-]+)", text)) <= commands
