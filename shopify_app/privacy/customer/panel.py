"""Customers > one of them > Data: what Wafa keeps of them, to be looked at and to be handed out."""

import json
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from shopify_app.customers.access.kinds import KEPT, READ, SHOWN
from shopify_app.customers.access.panel import note_taken
from shopify_app.customers.model import Customer
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, words
from shopify_app.language import Words
from shopify_app.privacy.customer.queries import counts_of, customer_times
from shopify_app.privacy.numbers import numbers_of
from shopify_app.privacy.queries import held_of
from shopify_app.privacy.requests.presenting import Telling
from shopify_app.retention.people.one.panel import DATA, Head, found_whom, head, moved, title
from shopify_app.retention.presenting import Fact

blueprint = Blueprint("customer_data", __name__, url_prefix="/customers/<int:customer_id>/data")

FILE = "customer-data.json"


@dataclass(frozen=True, slots=True)
class DataPage:
    """What is kept of a customer."""

    head: Head
    facts: list[Fact]
    file_href: str
    file: str


@blueprint.get("")
def kept(customer_id: int) -> Response:
    """How much is kept of a customer; all of it as a file. Each look is a line in the access log."""
    shop, as_file = current_shop().id, request.args.get("format") == "json"
    with parts().database.reading() as session:
        found = found_whom(session, customer_id)
        if found.now != customer_id:
            return moved(found, DATA)
        numbers, above = numbers_of(session, shop, [customer_id]), head(session, found, DATA)
        if as_file:
            held = held_of(session, shop, numbers)
        else:
            counts, times = counts_of(session, shop, numbers), customer_times(session, shop, customer_id)
    if as_file:
        note_taken(KEPT)
        return _file({"customer_numbers": numbers, **held})
    note_taken(KEPT, READ if wants_json() else SHOWN)
    if wants_json():
        return answer({"customer_id": str(customer_id), "erased": found.erased, "kept": counts})
    facts = _facts(counts, times, Telling(words(), ZoneInfo(current_shop().timezone)))
    page = DataPage(above, facts, link(f"/customers/{customer_id}/data", {"format": "json"}), FILE)
    return show("customers/data.html", page, title(found))


def _facts(counts: dict[str, int], times: Customer | None, told: Telling) -> list[Fact]:
    words = told.words
    found = []
    if times is not None:
        found.append(Fact(words.text("Record made in Shopify"), told.moment(times.created_at)))
        found.append(Fact(words.text("Last changed there"), told.moment(times.updated_at)))
    return [*found, *(Fact(name, words.number(counts[kind])) for kind, name in _titles(words).items())]


def _titles(words: Words) -> dict[str, str]:
    return {
        "orders": words.text("Orders"),
        "lines": words.text("Lines of orders"),
        "refunds": words.text("Refunds"),
        "edits": words.text("Edits"),
        "states": words.text("Earlier and present states of orders"),
        "contacts": words.text("Codes of e-mail addresses and phones, which cannot be read back"),
        "points": words.text("Entries of points"),
        "rewards": words.text("Rewards for points"),
        "numbers": words.text("Numbers that were merged"),
    }


def _file(document: object) -> Response:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    response = Response(text, mimetype="application/json", headers={"Cache-Control": "no-store"})
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response
