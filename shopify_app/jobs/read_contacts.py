"""Reading how customers can be reached: hashes of e-mail addresses and phones, so that duplicates can be seen.

And whether they agreed to be, which Shopify tells with them and in no customer's webhook but those made for it.

First of all customers, in the order of their last change, then each night of those who changed since. Pages and no
bulk file: nothing that could be read back ever lies on a disk.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.admin_api.client import AdminApi, Answer
from shopify_app.admin_api.errors import NotApproved, Throttled, Unavailable
from shopify_app.admin_api.pacing import Pace
from shopify_app.changes.facts import CustomerSeen
from shopify_app.clock import Clock, Instant, local_day, not_ahead, parse_instant
from shopify_app.customers import consent
from shopify_app.customers.consent import Consent
from shopify_app.customers.contacts.contact import ADDRESS, EMAIL, PHONE, Reachable, hashed
from shopify_app.customers.contacts.queries import note_reading, reading_of
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.jobs.changed_pages import changed_since, from_the_start, is_last, moment, next_page
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.jobs.read_orders import number_of
from shopify_app.jobs.settle_orders import Apply
from shopify_app.retention.duplicates.queries import shift_now
from shopify_app.shops.access import missing_scopes
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import request, save
from shopify_app.tasks.view import Outcome, TaskView

CONTACTS = "read_contacts"

READING = "reading"
AT_ONCE = 45
"""Customers in one call: with five addresses each they cost 452 points, what half of the smallest bucket holds."""
OVERLAP = timedelta(hours=1)
"""How far each reading looks back beyond the one before: Shopify's search lags behind."""
_EVER = Instant(datetime(2000, 1, 1, tzinfo=UTC))
_TURN_WAIT = 1.0
_ALL = frozenset({EMAIL, PHONE, ADDRESS})
_KINDS = {"defaultEmailAddress": EMAIL, "emailAddress": EMAIL, "defaultPhoneNumber": PHONE, "phoneNumber": PHONE}
"""What is withheld with a field; any other is one of an address."""


def request_reading(session: Session, shop: ShopId, actor: str, now: Instant) -> str | None:
    """Have the shop's contacts read; the task's id, None where the merchant does not let us see customers."""
    if missing_scopes(get_shop(session, shop).scopes, ("read_customers",)):
        return None
    return request(session, shop, CONTACTS, None, actor, now)


class ReadContacts:
    """The task: one look at what Shopify shows, then page by page."""

    def __init__(
        self, database: Database, admin: AdminApi, clock: Clock, turns: DrainTurns, apply: Apply, lookup_key: bytes
    ) -> None:
        self._database = database
        self._admin = admin
        self._clock = clock
        self._turns = turns
        self._apply = apply
        self._lookup_key = lookup_key

    def step(self, task: TaskView, now: Instant) -> Outcome:
        """Do the next piece."""
        try:
            return self._read(task) if task.phase else self._begin(task, now)
        except NotApproved:
            return self._finish(task, {"withheld": " ".join(sorted(_ALL))})
        except Throttled as error:
            return Outcome(task.cursor, task.done, task.total, wait=max(_TURN_WAIT, error.wait))

    def _begin(self, task: TaskView, now: Instant) -> Outcome:
        """See what is withheld by one customer; all are read again when something no longer is."""
        cursor: dict[str, Any] = {"phase": READING, "until": now.isoformat(), "since": moment(_EVER)}
        answer = self._page(task, {**cursor, **from_the_start(cursor)}, 1)
        withheld = _withheld(answer)
        if {EMAIL, PHONE} <= withheld:
            return self._finish(task, {"withheld": " ".join(sorted(_ALL))})
        with self._database.reading() as session:
            before = reading_of(session, task.shop)
        if before is not None and not _shows_an_address(answer):
            withheld |= {ADDRESS} & set(before.withheld.split())
        read_until = None if before is None else not_ahead(before.read_until, now)
        if before is not None and read_until is not None and set(before.withheld.split()) <= withheld:
            cursor["since"] = moment(Instant(read_until - OVERLAP))
        return Outcome({**cursor, **from_the_start(cursor), "withheld": sorted(withheld)})

    def _read(self, task: TaskView) -> Outcome:
        """A page of customers, stored with the place to go on from."""
        answer = self._page(task, task.cursor, AT_ONCE)
        page, withheld = answer["customers"], _withheld(answer)
        # Whoever is left out as a whole, for want of a field, has nothing that we could read.
        nodes = [node for node in page["nodes"] if node]
        facts = [self._seen(task.shop, node, withheld) for node in _not_met(nodes, task.cursor)]
        last, there = _onward({**page, "nodes": nodes}, task.cursor)
        missed = sorted(withheld | set(task.cursor["withheld"]))
        after = Outcome({**task.cursor, **there, "withheld": missed}, task.done + len(facts), task.total)

        def work(session: Session, now: Instant) -> None:
            self._apply(session, task.shop, facts, now)
            save(session, task, after, now)

        if not self._turns.take(task.shop, task.owner or task.id, work):
            return Outcome(task.cursor, task.done, task.total, wait=_TURN_WAIT)
        if not last:
            return after
        return self._finish(task, {"withheld": " ".join(missed), "read_until": parse_instant(task.cursor["until"])})

    def _finish(self, task: TaskView, values: Mapping[str, Any]) -> Outcome:
        with self._database.reading() as session:
            today = local_day(self._clock(), ZoneInfo(get_shop(session, task.shop).timezone))
            moved = shift_now(session, task.shop, today)
        with self._database.transaction() as session:
            note_reading(session, task.shop, shift=moved, **values)
        return Outcome(task.cursor, task.done, task.done, finished=True, result={"customers": task.done})

    def _page(self, task: TaskView, cursor: Mapping[str, Any], first: int) -> Answer:
        asked = {"query": changed_since(cursor), "first": first, "after": cursor["after"]}
        answer = self._admin.run(task.shop, "customer_contacts", pace=Pace.BACKFILL, **asked)
        lost = [path for path in answer.missing if path.rpartition(".")[2] not in answer.withheld]
        if lost or answer["customers"] is None:
            raise Unavailable(f"an answer without {', '.join(lost) or 'customers'}")
        return answer

    def _seen(self, shop: ShopId, node: Mapping[str, Any], withheld: Collection[str]) -> CustomerSeen:
        created, updated = parse_instant(node["createdAt"]), parse_instant(node["updatedAt"])
        contacts = hashed(_reachable(node), self._lookup_key, shop)
        return CustomerSeen(number_of(node["id"]), created, updated, contacts, _consents(node, updated, withheld))


def _onward(page: Mapping[str, Any], cursor: Mapping[str, Any]) -> tuple[bool, dict[str, Any]]:
    """Whether nothing follows, and where to go on: behind a page of which everybody is left out, by Shopify's word."""
    if not page["nodes"]:
        return not page["pageInfo"]["hasNextPage"], {"after": page["pageInfo"]["endCursor"]}
    last = is_last(page, cursor)
    return last, {} if last else next_page(page, cursor)


def _withheld(answer: Answer) -> frozenset[str]:
    return frozenset(_KINDS.get(field, ADDRESS) for field in answer.withheld if not field.startswith("marketing"))


def _shows_an_address(answer: Answer) -> bool:
    """Whether it can be seen at all that addresses are withheld."""
    return any(node and node["addressesV2"]["nodes"] for node in answer["customers"]["nodes"])


def _not_met(nodes: Sequence[Mapping[str, Any]], cursor: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (node for node in nodes if number_of(node["id"]) not in cursor["met"])


def _consents(node: Mapping[str, Any], at: Instant, withheld: Collection[str]) -> dict[str, Consent]:
    """What they agreed to, but for what is kept from us."""
    ways = ((consent.EMAIL, EMAIL, "defaultEmailAddress"), (consent.SMS, PHONE, "defaultPhoneNumber"))
    told = ((way, node[name] or {}) for way, kind, name in ways if kind not in withheld)
    return {
        way: consent.consent_of(one.get("marketingState"), at, _since(one))
        for way, one in told
        if one.get("marketingState", "") is not None
    }


def _since(told: Mapping[str, Any]) -> Instant:
    """Since when they have been of that mind; where Shopify does not know, since ever."""
    since = told.get("marketingUpdatedAt")
    return parse_instant(since) if since else _EVER


def _reachable(node: Mapping[str, Any]) -> Reachable:
    email, phone = node["defaultEmailAddress"] or {}, node["defaultPhoneNumber"] or {}
    book = (node["addressesV2"] or {}).get("nodes") or ()
    return Reachable(
        email.get("emailAddress"),
        phone.get("phoneNumber"),
        [(one["phone"], one["countryCodeV2"]) for one in book if one],
    )
