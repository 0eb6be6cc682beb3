"""Customers > one of them > Points: what they have, where it comes from, and giving them a reward."""

import re
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, stream_with_context

from shopify_app.customers.access.kinds import CUSTOMER
from shopify_app.customers.access.kinds import POINTS as SEEN
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, words
from shopify_app.errors import Malformed, NotFound
from shopify_app.loyalty.ledger.entry import Head, ledger_key
from shopify_app.loyalty.ledger.queries import entries_of, head_of
from shopify_app.loyalty.programme.prize import CREDIT, FIRST
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.rewards.queries import holder_of, rewards_in
from shopify_app.loyalty.rewards.redeeming import redeem
from shopify_app.loyalty.rewards.returning import take_back
from shopify_app.pages.customer.points import telling
from shopify_app.pages.customer.points.by_hand import by_hand
from shopify_app.pages.loyalty.entries import Paging, Reader
from shopify_app.retention.panel import BIGGEST_ID, standing
from shopify_app.retention.people.one.panel import POINTS, found_whom, head, moved, title
from shopify_app.retention.story import Telling
from shopify_app.shops.queries import lock_shop

blueprint = Blueprint("customer_points", __name__, url_prefix=f"/customers/<int:customer_id>{POINTS}")

_REWARD_ID = re.compile("[0-9a-f]{32}")


@blueprint.get("")
def their_points(customer_id: int) -> Response:
    """The points of somebody, and every entry with its reason; all of them as a file."""
    shop, spoken = current_shop().id, words()
    with parts().database.reading() as session:
        now, found = standing(session, shop), found_whom(session, customer_id)
        if found.now != customer_id:
            return moved(found, POINTS)
        account = None if found.erased else head_of(session, shop, customer_id)
        currency = now.shop.currency
        told = Telling(spoken, ZoneInfo(now.shop.timezone), currency)
        reader = Reader(told, current_shop().staff_id, parts().clock())
        if request.args.get("format") == "csv":
            note_taken(SEEN)
            return _file(account, customer_id, reader)
        entries = entries_of(session, shop, account.account, _before(), telling.ROWS) if account else ()
        made = rewards_in(session, shop, account.account, telling.MOST_REWARDS) if account else ()
        lines = telling.lines_of(session, shop, entries, reader)
        around = telling.around(session, shop, made)
        above, versions = head(session, found, POINTS), versions_of(session, shop)
        hand = by_hand(session, customer_id, account, versions[-1].rule) if versions and not found.erased else None
    note_seen(CUSTOMER)
    if wants_json():
        return answer(telling.document(account, made, entries, currency))
    path = f"/customers/{customer_id}{POINTS}"
    more = len(entries) == telling.ROWS and entries[-1].seq > 1
    rule = versions[-1].rule if versions else None
    urls = link(f"{path}/redeem"), link(f"{path}/take-back")
    page = telling.PointsPage(
        head=above,
        sentence=telling.sentence(account, bool(versions), spoken),
        facts=telling.facts(account, told) if account else [],
        rewards=telling.rewards_told(account, rule, made, urls, around, told, parts().clock(), now.shop.scopes)
        if account and rule
        else None,
        by_hand=hand,
        lines=lines,
        paging=Paging(
            first_href=link(path) if "after" in request.args else None,
            next_href=link(path, {"after": str(entries[-1].seq)}) if more else None,
            file_href=link(path, {"format": "csv"}),
        ),
    )
    return show("customers/points.html", page, title(found))


def _before() -> int | None:
    text = request.args.get("after")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > len(str(BIGGEST_ID)):
        raise Malformed("This page of the list does not exist. Start again from the first page.")
    return min(int(text), BIGGEST_ID - 1)


def _file(account: Head | None, customer: int, reader: Reader) -> Response:
    number = account.account if account else 0
    body = telling.file_lines(parts().database, current_shop().id, number, customer, reader)
    response = Response(stream_with_context(body), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{telling.FILE}"'
    return response


@blueprint.post("/redeem")
def give_reward(customer_id: int) -> Response:
    """Turn the points of a reward into a code or store credit; asked for twice with one id, it is one reward."""
    here, now = current_shop(), parts().clock()
    key = ledger_key(parts().config.lookup_key, here.id)
    with parts().database.transaction() as session:
        # Who it is, and what the programme says, is only sure while nobody else can change it.
        lock_shop(session, here.id)
        found, versions = found_whom(session, customer_id), versions_of(session, here.id)
        if found.erased or found.now != customer_id:
            raise NotFound
        wanted = _wanted()
        if not versions:
            raise Malformed("There is no programme yet. Choose one first.")
        prize = json_body().get("prize", FIRST)
        if not isinstance(prize, str):
            raise Malformed("This request could not be read.")
        reward = redeem(session, here.id, key, customer_id, wanted, versions[-1], here.staff_id, now, prize)
        told = telling.reward_document(reward)
    return answer({"reward": told, "message": words().text(telling.ASKING[reward.kind == CREDIT])})


@blueprint.post("/take-back")
def take_code_back(customer_id: int) -> Response:
    """Have a code that nobody used stop working, or store credit taken out, so that its points come back."""
    here, now = current_shop(), parts().clock()
    with parts().database.transaction() as session:
        found = found_whom(session, customer_id)
        if found.erased or found.now != customer_id:
            raise NotFound
        wanted = _wanted()
        if holder_of(session, here.id, wanted) != customer_id:
            raise NotFound
        reward = take_back(session, here.id, wanted, here.staff_id, now)
        told = telling.reward_document(reward)
    return answer({"reward": told, "message": words().text(telling.STOPPING[reward.kind == CREDIT])})


def _wanted() -> str:
    wanted = json_body().get("reward")
    if not isinstance(wanted, str) or not _REWARD_ID.fullmatch(wanted):
        raise Malformed("This request could not be read.")
    return wanted
