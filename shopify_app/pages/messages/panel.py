"""Messages > Left carts: what was left at the checkout lately, whom a reminder could reach, and why not the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from shopify_app.checkouts.asking import READ_CHECKOUTS
from shopify_app.clock import Instant, local_day
from shopify_app.customers.access.kinds import CARTS
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.customers.contacts.contact import EMAIL
from shopify_app.customers.contacts.queries import reading_of
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, words
from shopify_app.errors import Malformed
from shopify_app.messaging.gate import Settings
from shopify_app.pages.messages.telling import BECAUSE, HELPS, title_of
from shopify_app.reminders.left import Group, Left, Reach, of_reason, reach
from shopify_app.reminders.queries import carts_left
from shopify_app.retention.panel import Standing, standing
from shopify_app.retention.progress import Progress
from shopify_app.retention.sight import Lack
from shopify_app.table import Column, Table
from shopify_app.tasks.queries import latest

blueprint = Blueprint("messages", __name__, url_prefix="/messages")

LATELY = timedelta(days=30)
"""So far back carts are looked at."""
ROWS = 25
MAY = "may"
FILE = "left_carts.csv"

CARTS_LEFT: Table[Left] = Table(
    "left_carts",
    (
        Column("token", "text", "Cart at the checkout", lambda one: one.checkout.token),
        Column("customer_id", "number", "Customer", lambda one: one.checkout.customer_id, personal=True),
        Column("created_at", "moment", "Begun", lambda one: one.checkout.created_at),
        Column("updated_at", "moment", "Left", lambda one: one.checkout.version.updated_at),
        Column("total", "money", "Worth", lambda one: one.checkout.total),
        Column("consent", "text", "Consent to e-mails", lambda one: one.consent, personal=True),
        Column("reason", "text", "Why not", lambda one: one.reason or "", personal=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Carts of one reason, in words."""

    title: str
    help: str
    carts: str
    worth: str
    href: str


@dataclass(frozen=True, slots=True)
class Cart:
    """One cart, in words."""

    day: str
    customer: int | None
    goods: str
    worth: str
    why: str


@dataclass(frozen=True, slots=True)
class MessagesPage:
    """Left carts."""

    progress: Progress
    missing: Lack | None
    unsure: Sequence[str]
    """Why the numbers are not what they will be."""
    none: bool
    """Whether all is read, and nobody has left a cart."""
    sentences: Sequence[str]
    rows: Sequence[Row]
    carts: Sequence[Cart]
    chosen: str | None
    """Which carts are listed, where not all are."""
    all_href: str
    next_href: str | None
    file_href: str
    file: str = FILE


@blueprint.get("")
def index() -> Response:
    """The last thirty days; the carts of one reason where the address names it; all of them as a file."""
    shop, now = current_shop().id, parts().clock()
    with parts().database.reading() as session:
        at = standing(session, shop)
        settings = Settings(zone=at.shop.timezone, shop_zone=at.shop.timezone, quiet=())
        left = carts_left(session, shop, Instant(now - LATELY), now, settings)
        unsure = _unsure(session, at)
    told = reach(left, at.shop.currency)
    chosen = _chosen()
    listed = of_reason(left, chosen) if chosen else left
    if request.args.get("format") == "csv":
        note_taken(CARTS)
        return _file(listed)
    note_seen(CARTS)
    start = _start()
    if wants_json():
        return answer(
            {"unsure": unsure} | _document(told, listed[start : start + ROWS], more=start + ROWS < len(listed))
        )
    return show("messages/left.html", _page(at, told, unsure, listed, chosen, start), words().text("Left carts"))


def _chosen() -> str | None:
    chosen = request.args.get("reason")
    if chosen is not None and chosen != MAY and chosen not in BECAUSE:
        raise Malformed("There is no such list of carts. Start again from all of them.")
    return chosen


def _start() -> int:
    text = request.args.get("from", "0")
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise Malformed("This page of the list does not exist. Start again from the first page.")
    return int(text)


def _unsure(session: Session, at: Standing) -> list[str]:
    """What has not been read yet, or is kept from us."""
    shop, spoken = current_shop().id, words()
    contacts, carts = reading_of(session, shop), latest(session, shop, READ_CHECKOUTS)
    said = []
    if contacts is not None and EMAIL in contacts.withheld.split():
        said.append(
            spoken.text(
                "Shopify has not approved Wafa to see e-mail addresses of customers, nor what they agreed to: nobody "
                "looks as if they may be written to."
            )
        )
    elif at.sight.customers and (contacts is None or contacts.read_until is None):
        said.append(
            spoken.text(
                "Wafa is still reading what your customers agreed to: until then fewer of them look as if they may be "
                "written to."
            )
        )
    if carts is None or carts.active:
        said.append(spoken.text("Wafa is reading the carts that Shopify lists: there may be more of them."))
    return said


def _page(
    at: Standing, told: Reach, unsure: Sequence[str], listed: Sequence[Left], chosen: str | None, start: int
) -> MessagesPage:
    zone, currency = ZoneInfo(at.shop.timezone), at.shop.currency
    own = {"reason": chosen} if chosen else {}
    more = start + ROWS < len(listed)
    return MessagesPage(
        progress=at.progress,
        missing=at.sight.missing(words()),
        unsure=unsure if at.progress.stage == "read" else [],
        none=not told.carts and at.progress.stage == "read" and not unsure,
        sentences=_sentences(told, currency),
        rows=[_row(group, currency) for group in (told.may, *told.groups)],
        carts=[_cart(one, zone) for one in listed[start : start + ROWS]],
        chosen=title_of(None if chosen == MAY else chosen, words()) if chosen else None,
        all_href=link("/messages"),
        next_href=link("/messages", {**own, "from": str(start + ROWS)}) if more else None,
        file_href=link("/messages", {**own, "format": "csv"}),
    )


def _sentences(told: Reach, currency: str) -> list[str]:
    spoken = words()
    return [
        spoken.plural(
            "In the last 30 days {n} cart was left at the checkout, worth {worth}.",
            "In the last 30 days {n} carts were left at the checkout, worth {worth}.",
            told.carts,
            worth=spoken.money(told.worth, currency),
        ),
        spoken.plural(
            "{n} of them was left by somebody who agreed to your e-mails and has bought nothing since.",
            "{n} of them were left by people who agreed to your e-mails and have bought nothing since.",
            told.may.carts,
        ),
    ]


def _row(group: Group, currency: str) -> Row:
    spoken = words()
    return Row(
        title=title_of(group.reason, spoken),
        help=spoken.text(HELPS[group.reason]) if group.reason in HELPS else "",
        carts=spoken.number(group.carts),
        worth=spoken.money(group.worth, currency),
        href=link("/messages", {"reason": group.reason or MAY}),
    )


def _cart(one: Left, zone: ZoneInfo) -> Cart:
    spoken = words()
    return Cart(
        day=spoken.day(local_day(one.checkout.version.updated_at, zone)),
        customer=one.checkout.customer_id,
        goods=_goods(one),
        worth=spoken.money(one.checkout.total, one.checkout.currency),
        why=title_of(one.reason, spoken),
    )


def _goods(one: Left) -> str:
    spoken, lines = words(), [line for line in one.checkout.lines if line.quantity > 0]
    first = spoken.isolated(lines[0].title)
    others = len(lines) - 1
    return spoken.plural("{some} and {n} more", "{some} and {n} more", others, some=first) if others else first


def _document(told: Reach, listed: Sequence[Left], *, more: bool) -> dict[str, Any]:
    groups = [{"reason": one.reason or MAY, "carts": one.carts, "worth": one.worth} for one in (told.may, *told.groups)]
    carts = [CARTS_LEFT.document(one, one.checkout.currency) for one in listed]
    return {"carts": told.carts, "worth": told.worth, "reach": groups, "list": carts, "more": more}


def _file(listed: Sequence[Left]) -> Response:
    def lines() -> Iterator[bytes]:
        head = True
        for currency in sorted({one.checkout.currency for one in listed}) or [""]:
            of = [one for one in listed if one.checkout.currency == currency]
            for number, line in enumerate(CARTS_LEFT.lines(of, currency)):
                if head or number:
                    yield line.encode()
            head = False

    response = Response(lines(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response
