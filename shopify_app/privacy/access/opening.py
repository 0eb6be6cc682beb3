"""The one way to open what is sealed of a person for somebody to read: nothing is opened without a row in the log."""

import json
from dataclasses import dataclass
from typing import Any

from shopify_app.clock import Instant
from shopify_app.customers.access.queries import note_opening
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import NotFound
from shopify_app.exports.queries import piece_context, piece_of
from shopify_app.privacy.model import PrivacyRequest
from shopify_app.privacy.requests.queries import answer_context
from shopify_app.shops.keys import ShopKeys

OPERATOR = "operator"
"""Whoever runs the server and its commands."""

DATA_REQUEST, ORDER, EVERYTHING = "data_request", "order", "everything"
"""What can be opened: the answer to a data request, the kept deliveries about an order, an export of the shop."""

DOWNLOADED, PRINTED, TRACED = "downloaded", "printed", "traced"
"""Why, besides the reasons of customers.access.kinds: as a file to hand over, by `data-requests`, by `trace`."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Who opens something, and why."""

    actor: str
    why: str


def note_export(session: Session, shop: ShopId, opening: Opening, now: Instant) -> None:
    """A row in the log for a whole export, before the first piece of it is opened."""
    note_opening(session, shop, opening.actor, EVERYTHING, None, opening.why, now)


def open_piece(session: Session, shop: ShopId, keys: ShopKeys, export_id: str, number: int) -> bytes:
    """One piece of an export that `note_export` has noted; NotFound where it has been dropped meanwhile."""
    body = piece_of(session, shop, export_id, number)
    if body is None:
        raise NotFound
    return keys.open(session, shop, body, piece_context(export_id, number))


def open_answer(
    session: Session, request: PrivacyRequest, keys: ShopKeys, opening: Opening, now: Instant
) -> dict[str, Any]:
    """What was collected of the person, and a row in the log in the same transaction; empty where it is gone.

    The row is written first: a transaction that cannot write it, such as one that only reads, opens nothing.
    """
    if request.answer is None:
        return {}
    shop = ShopId(request.shop_id)
    note_opening(session, shop, opening.actor, DATA_REQUEST, request.id, opening.why, now)
    opened: dict[str, Any] = json.loads(keys.open(session, shop, request.answer, answer_context(request.id)))
    return opened
