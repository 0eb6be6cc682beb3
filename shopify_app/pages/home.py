"""Home: where the shop stands today, who comes back, and four numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, words
from shopify_app.retention import presenting, queries
from shopify_app.retention.asking import Asked
from shopify_app.retention.history.queries import Tallies
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.measure import Figure, measure
from shopify_app.retention.panel import (
    Standing,
    back_to,
    explain_link,
    keep_sums,
    keep_tallies,
    reached,
    shown,
    standing,
)
from shopify_app.retention.presenting import Card
from shopify_app.retention.progress import Progress
from shopify_app.retention.registry import METRICS
from shopify_app.retention.sight import Lack
from shopify_app.retention.timing.measure import speed
from shopify_app.retention.timing.presenting import half_text
from shopify_app.retention.timing.sums import GAPS
from shopify_app.retention.what_changed import telling
from shopify_app.retention.what_changed.model import WeeklyFinding, WeeklyLook
from shopify_app.retention.what_changed.queries import findings_of, last_look
from shopify_app.retention.what_changed.telling import WhatChanged
from shopify_app.retention.window import Basis, Unit, parse_window, previous
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import dismissed_at

blueprint = Blueprint("home", __name__)

REVEAL = "reveal"
"""The card with the first sentences, as it is known where cards are put away."""
REVEAL_DAYS = 7
LOOK_DAYS = 13
"""For how long what changed is told: until the next week's look, and a night that failed more."""
RETURNING_SALES = "returning_revenue_share"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with the number that it rests on."""

    text: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Reveal:
    """Who comes back, told for a week in the shop's own numbers."""

    sentences: list[Sentence]
    why: str | None
    """Why Shopify's own count says something else, where it does."""
    until: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """The app's first page."""

    status: str
    progress: Progress
    back_to: str | None
    shopify_count: str | None
    reveal: Reveal | None
    reveal_hidden: bool
    """Somebody has hidden it for the shop, and it can be shown again."""
    too_few: str | None
    who_href: str
    missing: Lack | None
    before: str | None
    """See Sight for both."""
    empty: bool
    cards: list[Card]
    numbers_href: str
    changed: WhatChanged | None
    """Of the last days; None where nobody has looked, or not lately."""


@blueprint.get("/")
def index() -> Response:
    """Home."""
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        if same := unchanged(now.etag):
            return same
        sums, tallies = WindowSums(session, current_shop().id), Tallies(session, current_shop().id)
        page = _page(session, now, sums, tallies)
        told = _document(page, _changes(session, now)) if wants_json() else None
    keep_sums(sums, now)
    keep_tallies(tallies, now)
    if told is not None:
        return answer(told, now.etag)
    return show("home/index.html", page, words().text("Wafa"), now.etag)


def _page(session: Session, now: Standing, sums: WindowSums, tallies: Tallies) -> HomePage:
    shop = current_shop().id
    ever = _asked("all", now.today)
    figures = measure(session, shop, ever.window, ever.basis, ever.unit, sums)
    first = queries.first_day(session, shop, ever.basis, now.today)
    read = now.progress.stage == "read"
    few = presenting.too_few_text(figures, now.sight.who, words())
    until = _told_until(now) if first and read and not few else None
    hidden = until is not None and _is_hidden(session, now)
    return HomePage(
        status=_status(session, now),
        progress=now.progress,
        back_to=back_to(now, first),
        shopify_count=None if read else _shopify_count(now.shop),
        reveal=_reveal(now, first, until, figures, partial(tallies, GAPS, ever.basis, ever.unit))
        if first and until and not hidden
        else None,
        reveal_hidden=hidden,
        too_few=few if read and first and now.sight.customers else None,
        who_href=explain_link(now.sight.who, ever),
        missing=now.sight.missing(words()),
        before=now.sight.before(words()) if first and read else None,
        empty=read and first is None,
        cards=_cards(session, now, first, sums) if first else [],
        numbers_href=link("/reports/numbers"),
        changed=telling.told(*changes, words(), link) if (changes := _changes(session, now)) else None,
    )


def _changes(session: Session, now: Standing) -> tuple[WeeklyLook, list[WeeklyFinding]] | None:
    """What the newest look found; nothing where that was in another week than this or the last."""
    look = last_look(session, current_shop().id)
    if look is None or look.looked_on < now.today - timedelta(days=LOOK_DAYS) or not now.sight.customers:
        return None
    return look, list(findings_of(session, current_shop().id, look.week))


def _asked(window: str, today: LocalDay) -> Asked:
    return Asked(parse_window(window, today), Basis.KEPT, Unit.ORDER, today, today)


def _status(session: Session, now: Standing) -> str:
    """Today, and the newest order that is in the numbers, so that a merchant sees whether all is in."""
    today = words().weekday(now.today)
    ever = _asked("all", now.today)
    behind = queries.Behind(ever.basis, ever.window, ever.unit, "all")
    rows, _ = queries.orders_behind(session, current_shop().id, behind, None, 1)
    if not rows:
        return words().text("{day}.", day=today)
    newest, zone = rows[0], ZoneInfo(now.shop.timezone)
    return words().text(
        "{today}. Newest completed order: {name}, {day} at {time}.",
        today=today,
        name=words().isolated(newest.name),
        day=words().day(newest.day),
        time=words().time(newest.placed_at, zone),
    )


def _shopify_count(shop: Shop) -> str | None:
    """Two counts that Shopify makes within seconds, long before all orders are read."""
    if not shop.shopify_buyers or shop.shopify_repeaters is None:
        return None
    return words().text(
        "{repeaters} of your {customers} ({percent}) have bought more than once.",
        repeaters=words().number(shop.shopify_repeaters),
        customers=words().plural("{n} customer", "{n} customers", shop.shopify_buyers),
        percent=words().percent(Fraction(shop.shopify_repeaters, shop.shopify_buyers)),
    )


def _told_until(now: Standing) -> Instant | None:
    """The end of the week after the import; None outside that week."""
    ended = now.shop.imported_at
    if ended is None or parts().clock() - ended > timedelta(days=REVEAL_DAYS):
        return None
    return Instant(ended + timedelta(days=REVEAL_DAYS))


def _is_hidden(session: Session, now: Standing) -> bool:
    """True where somebody has put the card away since the import that it tells of."""
    put_away, ended = dismissed_at(session, current_shop().id, REVEAL), now.shop.imported_at
    return put_away is not None and (ended is None or put_away >= ended)


def _reveal(
    now: Standing, first: LocalDay, until: Instant, figures: Mapping[str, Figure], gaps: Callable[[], Sums]
) -> Reveal:
    asked = _asked("all", now.today)
    who = now.sight.who
    # Of 60 days it would say how soon people come back within 60 days.
    soon = None if now.sight.since else half_text(speed(gaps(), now.today).curves[1], words())
    told = (
        (_come_back(figures[who], first), presenting.title(who), explain_link(who, asked)),
        (soon, "How fast people come back", link("/reports/coming-back")),
        (
            _they_bring(figures[RETURNING_SALES]),
            presenting.title(RETURNING_SALES),
            explain_link(RETURNING_SALES, asked),
        ),
    )
    sentences = [Sentence(text, words().text(title), href) for text, title, href in told if text]
    last_day = words().day(local_day(until, ZoneInfo(now.shop.timezone)))
    stays = words().text("This card stays until {day}; its numbers stay in Reports.", day=last_day)
    return Reveal(sentences, _why(now.shop, figures[who]), stays)


def _come_back(figure: Figure, since: LocalDay) -> str | None:
    if figure.value is None:
        return None
    of_hundred = _of_hundred(figure.value)
    return words().plural(
        "Of every 100 people who have bought from you since {day}, {n} has come back.",
        "Of every 100 people who have bought from you since {day}, {n} have come back.",
        of_hundred,
        day=words().day(since),
    )


def _of_hundred(share: Fraction) -> int:
    return int(share * 100 + Fraction(1, 2))


def _they_bring(figure: Figure) -> str | None:
    if figure.value is None:
        return None
    return words().text(
        "They brought {percent} of your sales since then, counting only what they bought after their first order.",
        percent=words().percent(figure.value, 0),
    )


def _why(shop: Shop, figure: Figure) -> str | None:
    """For whoever has seen Shopify's own count, here or in Shopify; nothing where both say the same."""
    count = _shopify_count(shop)
    if count is None or figure.value is None:
        return None
    theirs = Fraction(shop.shopify_repeaters or 0, shop.shopify_buyers or 1)
    if _of_hundred(theirs) == _of_hundred(figure.value):
        return None
    explained = words().text(
        "That is Shopify's own count over all time. Ours leaves out cancelled and free orders, and knows only "
        "the orders that Shopify lets us read."
    )
    return f"{count} {explained}"


def _cards(session: Session, now: Standing, first: LocalDay, sums: WindowSums) -> list[Card]:
    """Four numbers: the last 30 days, and for who comes back the last year."""
    month, year = _asked("30d", now.today), _asked("365d", now.today)
    # While orders are still being read, who came back is not known for the time before.
    known = first if now.progress.stage == "read" else None
    this_month, this_year = (_measured(session, asked, known, sums) for asked in (month, year))
    currency = now.shop.currency

    def card(asked: Asked, measured: Measured, name: str) -> Card:
        figure, earlier = measured[0][name], measured[1].get(name)
        make = presenting.returning_sales_card if name == RETURNING_SALES else presenting.home_card
        made = make(figure, earlier, asked, words(), currency, explain_link(name, asked))
        return shown(made, METRICS[name], asked, reached(now, first), now.sight)

    return [
        card(month, this_month, RETURNING_SALES),
        card(year, this_year, now.sight.who),
        card(month, this_month, "net_revenue"),
        card(month, this_month, "average_order_value"),
    ]


Measured = tuple[Mapping[str, Figure], Mapping[str, Figure]]
"""A period's figures, and those of the period before where they can be compared."""


def _measured(session: Session, asked: Asked, first: LocalDay | None, sums: WindowSums) -> Measured:
    shop, before = current_shop().id, previous(asked.window)
    now = measure(session, shop, asked.window, asked.basis, asked.unit, sums)
    if before is None or not presenting.worth_comparing(before, first):
        return now, {}
    return now, measure(session, shop, before, asked.basis, asked.unit, sums)


def _document(page: HomePage, changes: tuple[WeeklyLook, list[WeeklyFinding]] | None) -> dict[str, Any]:
    return {
        "status": page.status,
        "stage": page.progress.stage,
        "missing": " ".join(page.missing.sentences) if page.missing else None,
        "approved": page.missing is None or not page.missing.approval,
        "done": page.progress.done,
        "total": page.progress.total,
        "shopify_count": page.shopify_count,
        "cards": [{"name": card.name, "value": card.value} for card in page.cards],
        "what_changed": telling.document(*changes) if changes else None,
    }
