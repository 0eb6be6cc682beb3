"""Asking Shopify what customers are called, and whom a text means."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shopify_app.admin_api.client import AdminApi, Answer
from shopify_app.admin_api.errors import AccessDenied, NotApproved
from shopify_app.admin_api.pacing import Pace
from shopify_app.customers.contacts.contact import EMAIL, PHONE, Contact, contact_hash, dialled, mailbox
from shopify_app.customers.contacts.queries import holders_of
from shopify_app.customers.names.queries import those_known
from shopify_app.customers.nobody import is_erased
from shopify_app.db.base import Database, ShopId
from shopify_app.errors import AppError

MOST = 25
"""Customers of one page."""
FOUND = 250
"""Customers that one search gives: as many as Shopify puts on a page of its own."""
_LONGEST = 100

WITHHELD = "Shopify has not approved Wafa to see names: customers appear by number."
DENIED = "Names are missing because you have not let Wafa read customers."
UNREACHABLE = "Names are missing because Shopify did not tell them just now. Load the page again to see them."
UNSEARCHED = "Shopify could not be asked, so names were not searched. Try again in a minute."

_SPLITS = re.compile(r"[^\w@.+]+|_")
"""What is no part of a word, among it all that means something in Shopify's search."""
_QUOTED = re.compile(r"[\"\\]")
"""What means something there within quotes."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the customers of a page are called, as far as it is known."""

    by_customer: Mapping[int, str | None]
    """Of every customer who was asked for; None where Shopify does not tell, or has no such customer."""
    problem: str | None = None
    """Why names are missing: a key of the catalogues."""


@dataclass(frozen=True, slots=True)
class Found:
    """The customers that a text may mean, the likeliest first."""

    customers: Sequence[int] = field(default_factory=tuple)
    more: bool = False
    """Whether Shopify has found others, too."""
    problem: str | None = None
    """Why somebody may be missing: a key of the catalogues."""


def names_of(admin: AdminApi, shop: ShopId, customers: Sequence[int]) -> Names:
    """What Shopify calls these customers, at most MOST; a page is never without an answer for more than seconds."""
    if len(customers) > MOST:
        raise ValueError(f"names of {len(customers)} customers at once")
    nobody: dict[int, str | None] = dict.fromkeys(customers)
    asked = [_gid(customer) for customer in customers if customer > 0 and not is_erased(customer)]
    if not asked:
        return Names(nobody)
    try:
        answer = admin.run(shop, "customer_names", pace=Pace.GLANCE, ids=asked)
    except NotApproved:
        return Names(nobody, WITHHELD)
    except AccessDenied:
        return Names(nobody, DENIED)
    except AppError:
        return Names(nobody, UNREACHABLE)
    return Names({**nobody, **_told(answer)}, _lack(answer))


def shopifys_group(admin: AdminApi, shop: ShopId, customer: int) -> str | None:
    """Into which of its own groups Shopify puts somebody; None where it does not tell, or not within seconds."""
    if is_erased(customer):
        return None
    try:
        told = admin.run(shop, "customer_group", pace=Pace.GLANCE, id=_gid(customer))["customer"]
    except AppError:
        return None
    group = ((told or {}).get("statistics") or {}).get("rfmGroup")
    return group if isinstance(group, str) else None


def find(database: Database, admin: AdminApi, shop: ShopId, text: str, lookup_key: bytes) -> Found:
    """Whom a text means: a customer's number, an e-mail address or phone in full, or words of a name.

    Numbers and what we have keyed hashes of are looked up here; the rest is Shopify's search.
    """
    text = unicodedata.normalize("NFKC", text).strip()[:_LONGEST]
    if (exact := _exact(database, shop, text, lookup_key)) is not None:
        return Found(exact)
    wanted = search_text(text)
    if not wanted:
        return Found()
    try:
        page = admin.run(shop, "search_customers", pace=Pace.GLANCE, query=wanted, first=FOUND)["customers"]
    except AppError:
        return Found(problem=UNSEARCHED)
    ids = [_number(node["id"]) for node in (page or {}).get("nodes", ()) if node]
    return Found(ids, bool(page and page["pageInfo"]["hasNextPage"]))


def search_text(text: str) -> str:
    """A merchant's words in Shopify's search language: all of them, each as a beginning; empty where there are none.

    Nothing in it means anything to Shopify but its letters and digits.
    """
    if (number := dialled(text)) and not mailbox(text):
        return f"phone:+{number}"
    if "@" in text and mailbox(text):
        return f'email:"{_QUOTED.sub("", text.casefold())}"'
    words = [word.strip(".+@") for word in _SPLITS.split(text.casefold())]
    return " ".join(f"{word}*" for word in words if word)


def _exact(database: Database, shop: ShopId, text: str, lookup_key: bytes) -> list[int] | None:
    """The customers of a number or of a contact that we know ourselves; None where there are none."""
    contacts = [
        Contact(kind, contact_hash(lookup_key, shop, kind, value))
        for kind, value in ((EMAIL, mailbox(text)), (PHONE, dialled(text)))
        if value
    ]
    with database.reading() as session:
        known = those_known(session, shop, [int(text)]) if text.isascii() and text.isdigit() else []
        known += [one for contact in contacts for one in holders_of(session, shop, contact)]
    return list(dict.fromkeys(known)) or None


def _lack(answer: Answer) -> str | None:
    if answer.withheld:
        return WITHHELD
    if answer.denied:
        return DENIED
    return UNREACHABLE if answer.missing else None


def _told(answer: Answer) -> dict[int, str | None]:
    nodes = [node for node in answer["nodes"] if node]
    return {_number(node["id"]): node.get("displayName") or None for node in nodes}


def _gid(customer: int) -> str:
    return f"gid://shopify/Customer/{customer}"


def _number(gid: str) -> int:
    return int(gid.rpartition("/")[2])
