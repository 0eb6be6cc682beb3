"""Requests made for people's sake in words: a row of the list, an answer, a certificate of erasure. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, local_day
from shopify_app.language import LOCALES, Words
from shopify_app.privacy.model import PrivacyRequest
from shopify_app.privacy.requests.queries import DATA_REQUEST
from shopify_app.retention.presenting import Fact, customer_path
from shopify_app.table import line

WAITING, HANDED, DELETED, SEARCHING, ERASED = "waiting", "handed", "deleted", "searching", "erased"
"""How a request stands: the first three are of an answer, the others of an erasure."""

COLUMNS = ("request", "kind", "received_at", "due_at", "done_at", "orders", "state")


@dataclass(frozen=True, slots=True)
class Row:
    """One request in the list."""

    title: str
    href: str
    received: str
    due: str
    done: str | None
    orders: str
    state: str


@dataclass(frozen=True, slots=True)
class Telling:
    """How moments and numbers are written: in a language, by the shop's clock."""

    words: Words
    zone: ZoneInfo

    def day(self, moment: Instant) -> str:
        """The shop's day at that moment."""
        return self.words.day(local_day(moment, self.zone))

    def moment(self, moment: Instant) -> str:
        """Day and time on the shop's clock."""
        values = {"day": self.day(moment), "time": self.words.time(moment, self.zone)}
        return self.words.text("{day} at {time}", **values)


def state_of(request: PrivacyRequest, *, searching: bool) -> str:
    """How a request stands."""
    if request.kind != DATA_REQUEST:
        return SEARCHING if searching else ERASED
    if request.answer is None:
        return DELETED
    return WAITING if request.handed_at is None else HANDED


def done_at(request: PrivacyRequest) -> Instant | None:
    """When nothing was left to do: for an answer, when it was handed out."""
    return request.handed_at if request.kind == DATA_REQUEST else request.done_at


def title(request: PrivacyRequest, words: Words) -> str:
    """What a request is called."""
    if request.kind == DATA_REQUEST:
        return words.text("Data request {number}", number=str(request.id))
    return words.text("Certificate of erasure {number}", number=str(request.id))


def row(request: PrivacyRequest, state: str, told: Telling, href: str) -> Row:
    """One request for the list."""
    done = done_at(request)
    # A certificate's whole name is too long for a list.
    erased = told.words.text("Erasure {number}", number=str(request.id))
    return Row(
        title=title(request, told.words) if request.kind == DATA_REQUEST else erased,
        href=href,
        received=told.day(request.received_at),
        due=told.day(request.due_at),
        done=None if done is None else told.day(done),
        orders=told.words.number(request.orders),
        state=told.words.text(STATES[state]),
    )


STATES = {
    WAITING: "To be handed to the customer",
    HANDED: "Downloaded: delete it once the customer has it",
    DELETED: "The answer was deleted",
    SEARCHING: "Erased; kept messages are still being searched",
    ERASED: "Erased",
}


def cells(request: PrivacyRequest, state: str) -> dict[str, Any]:
    """One request for a program, by the names of COLUMNS."""
    times = (request.received_at, request.due_at, done_at(request))
    written = [None if moment is None else moment.isoformat() for moment in times]
    return dict(zip(COLUMNS, (request.id, request.kind, *written, request.orders, state), strict=True))


def file_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The list as a CSV file, a header first."""
    yield line(COLUMNS)
    for cells_ in rows:
        yield line(["" if cell is None else cell for cell in cells_.values()])


# ---- an answer ----


def document(request: PrivacyRequest, data: Mapping[str, Any]) -> dict[str, Any]:
    """What is handed out: the request, what the file is in every language, and what was collected."""
    return {
        "request": request.id,
        "received_at": request.received_at.isoformat(),
        "due_at": request.due_at.isoformat(),
        "collected_at": None if request.done_at is None else request.done_at.isoformat(),
        "explained": {locale: Words(locale).text(EXPLAINED) for locale in LOCALES},
        "data": data,
    }


EXPLAINED = (
    "Everything that Wafa had stored of one customer when this was collected, under the customer's number in "
    "Shopify: their orders with lines, edits and refunds, when Wafa learnt of each change, whether they agreed to "
    "the shop's e-mails and text messages, and who was merged into them. What is worked out from these, and "
    "Shopify's own messages of the last days, which say the same, are not repeated. Wafa stores no name, of an "
    "order's address the country alone, and of e-mail addresses and phones codes that cannot be read back. Amounts "
    "are in the smallest unit of the currency, times in UTC."
)


def answer_text(document_: Mapping[str, Any]) -> str:
    """The file."""
    return json.dumps(document_, indent=2, ensure_ascii=False)


def answer_facts(request: PrivacyRequest, told: Telling) -> list[Fact]:
    """When it was asked for, and what became of it."""
    words = told.words
    facts = [
        Fact(words.text("Asked for"), told.moment(request.received_at)),
        Fact(words.text("To be handed over by"), told.day(request.due_at)),
    ]
    if request.handed_at is not None:
        facts.append(Fact(words.text("Downloaded first"), told.moment(request.handed_at)))
    if request.dropped_at is not None:
        facts.append(Fact(words.text("Answer deleted"), told.moment(request.dropped_at)))
        facts.append(Fact(words.text("Deleted by"), who(request.dropped_by, words)))
    return facts


def held_facts(data: Mapping[str, Any], words: Words) -> list[Fact]:
    """Whom an answer is about, by number, and how much there is."""
    numbers = data.get("customer_numbers", ())
    people = [Fact(words.text("Customer"), str(number), customer_path(number)) for number in numbers]
    counted = (("Orders", "orders"), ("Refunds", "refunds"), ("Edits", "edits"))
    amounts = [Fact(words.text(key), words.number(len(data.get(name, ())))) for key, name in counted]
    return [*people, *amounts]


def who(actor: str, words: Words) -> str:
    """Who did something, by what is stored of them."""
    if actor in ACTORS:
        return words.text(ACTORS[actor])
    return words.text("Staff member {number}", number=actor)


ACTORS = {
    "operator": "Whoever runs Wafa",
    "system:purge": "Wafa, because its time was over",
    "system:redact": "Wafa, because the customer was to be forgotten",
    "shopify": "Shopify",
    "system:merge": "Wafa, because a merge told who the customer was",
    "system:restore": "Wafa, because a backup was put back",
    "": "Not known",
}


# ---- a certificate ----


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was asked, what was done and what stays, in one language; it names no person."""

    title: str
    facts: Sequence[Fact]
    done: Sequence[str]
    stays: Sequence[str]

    def text(self, words: Words) -> str:
        """The same as plain text."""
        lines = [self.title, "", *(f"{fact.title}: {fact.value}" for fact in self.facts), ""]
        lines += [words.text("What was done"), *(f"- {sentence}" for sentence in self.done), ""]
        return "\n".join([*lines, words.text("What stays"), *(f"- {sentence}" for sentence in self.stays), ""])


def certificate(request: PrivacyRequest, domain: str, told: Telling, *, searching: bool) -> Certificate:
    """What is certified of an erasure."""
    words = told.words
    facts = [
        Fact(words.text("Shop"), domain),
        Fact(words.text("Asked for"), told.moment(request.received_at)),
        Fact(words.text("Asked by"), who(request.actor, words)),
        Fact(words.text("To be done by"), told.day(request.due_at)),
    ]
    if request.done_at is not None:
        facts.append(Fact(words.text("Done"), told.moment(request.done_at)))
    done = [*_done(request, words), _searched(request, told, searching=searching)]
    return Certificate(title(request, words), facts, done, [words.text(sentence) for sentence in STAYS])


def _done(request: PrivacyRequest, words: Words) -> list[str]:
    counts: dict[str, int] = json.loads(request.counts)
    said = [
        words.plural(
            "{n} order was put under a number that means nobody.",
            "{n} orders were put under a number that means nobody.",
            request.orders,
        )
    ]
    for (one, many), tables in DONE.items():
        if number := sum(counts.get(table, 0) for table in tables):
            said.append(words.plural(one, many, number))
    if request.emptied:
        said.append(words.plural(*EMPTIED, request.emptied))
    return said


DONE = {
    (
        "{n} stored earlier state of orders was put under such a number, too.",
        "{n} stored earlier states of orders were put under such numbers, too.",
    ): ("order_version", "customer_history_version"),
    (
        "{n} record of the customer was deleted: numbers, times, merges.",
        "{n} records of the customer were deleted: numbers, times, merges.",
    ): ("customer", "customer_alias", "customer_history"),
    (
        "{n} keyed hash of an e-mail address or phone was deleted.",
        "{n} keyed hashes of e-mail addresses and phones were deleted.",
    ): ("customer_contact",),
    (
        "{n} row of a count that was not finished was deleted.",
        "{n} rows of a count that was not finished were deleted.",
    ): ("counted_order", "counted_customer", "touched_buyer"),
    (
        "{n} note that a segment stands on the customer in Shopify was deleted.",
        "{n} notes that segments stand on the customer in Shopify were deleted.",
    ): ("segment_member",),
    (
        "{n} forecast about the customer was deleted.",
        "{n} forecasts about the customer were deleted.",
    ): ("customer_forecast",),
    (
        "{n} points account was cut from the customer: it names nobody any more.",
        "{n} points accounts were cut from the customer: they name nobody any more.",
    ): ("points_member",),
    (
        "{n} reason why points were given or taken by hand was deleted.",
        "{n} reasons why points were given or taken by hand were deleted.",
    ): ("points_by_hand",),
    (
        "{n} line of a file of balances was deleted.",
        "{n} lines of files of balances were deleted.",
    ): ("brought_line",),
    (
        "{n} cart that the customer had left was deleted.",
        "{n} carts that the customer had left were deleted.",
    ): ("checkout",),
    (
        "{n} note of which cart an order came of was deleted.",
        "{n} notes of which carts orders came of were deleted.",
    ): ("order_checkout",),
    (
        "{n} answer to a data request was deleted.",
        "{n} answers to data requests were deleted.",
    ): ("answers",),
}
EMPTIED = (
    "{n} kept message of Shopify's that named the customer was emptied.",
    "{n} kept messages of Shopify's that named the customer were emptied.",
)
STAYS = (
    "Sums and counts stay as they were: they are the shop's books and name nobody.",
    "A keyed hash of the customer's number stays, which nobody can read back: later news of the same customer is "
    "recognised by it, and goes under the same number that means nobody.",
)


def _searched(request: PrivacyRequest, told: Telling, *, searching: bool) -> str:
    words = told.words
    if searching:
        return words.text(
            "The messages that Shopify sent are still being searched, until none can come again: about five hours "
            "after it was done."
        )
    if request.searched_at is None:
        return words.text("When the messages that Shopify sent had been searched was not noted yet at the time.")
    until = told.moment(request.searched_at)
    return words.text("All messages that Shopify had sent until {moment} have been searched.", moment=until)


def certificate_document(request: PrivacyRequest, state: str) -> dict[str, Any]:
    """A certificate for a program."""
    searched = None if request.searched_at is None else request.searched_at.isoformat()
    done = {"rows": json.loads(request.counts), "messages_emptied": request.emptied, "searched_until": searched}
    return {**cells(request, state), "asked_by": request.actor, "done": done}
