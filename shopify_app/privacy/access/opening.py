"""The one way to open what is sealed of a person for somebody to read: nothing is opened without a row in the log."""

import json
from dataclasses import dataclass
from typing import Any

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.privacy.access.queries import note_opening
from shopify_app.privacy.model import PrivacyRequest
from shopify_app.privacy.requests.queries import answer_context
from shopify_app.shops.keys import ShopKeys

OPERATOR = "operator"
"""Whoever runs the server and its commands."""

DATA_REQUEST, ORDER = "data_request", "order"
"""What can be opened: the answer to a data request, and the kept deliveries about an order."""

SHOWN, READ, DOWNLOADED, PRINTED, TRACED = "shown", "read", "downloaded", "printed", "traced"
"""Why: to show it on a page, to hand it to a program, as a file, by `data-requests`, by `trace`."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Who opens something, and why."""

    actor: str
    why: str


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
