"""Settings > Data and privacy: what was asked for people's sake, what was done, and who opened their data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from shopify_app.clock import Instant
from shopify_app.customers.access.kinds import READ, SHOWN
from shopify_app.customers.access.model import AccessEntry
from shopify_app.customers.access.queries import Place, entries
from shopify_app.db.base import Session
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed, NotFound
from shopify_app.language import LOCALES, Words
from shopify_app.privacy.access import presenting as log
from shopify_app.privacy.access.opening import DOWNLOADED, Opening, open_answer
from shopify_app.privacy.model import PrivacyRequest
from shopify_app.privacy.requests import presenting
from shopify_app.privacy.requests.presenting import Certificate, Row, Telling, state_of
from shopify_app.privacy.requests.queries import (
    DATA_REQUEST,
    drop_answer,
    get_request,
    note_handed,
    requests_before,
    still_searched,
)
from shopify_app.retention.presenting import Fact

blueprint = Blueprint("privacy", __name__, url_prefix="/settings/privacy")

ROWS, FILE_ROWS = 25, 1000
"""Rows on a page, and rows read at a time for a file."""
_BIGGEST_ID = 2**63


@dataclass(frozen=True, slots=True)
class Paging:
    """The ways to the other pages of a list, and its file."""

    first_href: str | None
    next_href: str | None
    file_href: str


@dataclass(frozen=True, slots=True)
class RequestsPage:
    """The list of requests."""

    rows: Sequence[Row]
    paging: Paging
    log_href: str
    export_href: str
    back: Back


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """One data request."""

    facts: Sequence[Fact]
    held: Sequence[Fact]
    state: str
    due: str
    file_href: str
    file: str
    delete_href: str
    back: Back


@dataclass(frozen=True, slots=True)
class CertificatePage:
    """One erasure."""

    told: Certificate
    file_href: str
    file: str
    back: Back


@dataclass(frozen=True, slots=True)
class LogPage:
    """The access log."""

    rows: Sequence[log.Line]
    paging: Paging
    back: Back


@blueprint.get("")
def index() -> Response:
    """Data and privacy: every request, newest first."""
    after = request.args.get("after", type=int)
    if request.args.get("format") == "csv":
        return _file("".join(presenting.file_lines(_all_requests())), "text/csv", "privacy.csv")
    before = None if after is None else min(max(after, 0), _BIGGEST_ID - 1)
    with parts().database.reading() as session:
        found = requests_before(session, current_shop().id, before, ROWS + 1)
        states = _states(session, found)
    shown = found[:ROWS]
    rows = [presenting.cells(one, states[one.id]) for one in shown]
    etag = version(rows, len(found) > ROWS)
    if same := unchanged(etag):
        return same
    following = str(shown[-1].id) if len(found) > ROWS else None
    if wants_json():
        return answer({"requests": rows, "after": following}, etag)
    page = RequestsPage(
        rows=[presenting.row(one, states[one.id], _telling(), _here(one)) for one in shown],
        paging=_paging("/settings/privacy", following, after is not None),
        log_href=link("/settings/privacy/access"),
        export_href=link("/settings/privacy/export"),
        back=Back(words().text("Settings"), link("/settings")),
    )
    return show("settings/privacy.html", page, words().text("Data and privacy"), etag)


@blueprint.get("/requests/<int:request_id>")
def one_request(request_id: int) -> Response:
    """A data request with its answer, or the certificate of an erasure."""
    with parts().database.reading() as session:
        found, state = _found(session, request_id)
    if found.kind != DATA_REQUEST:
        return _certificate(found, state)
    if wants_json():
        return answer(presenting.document(found, _opened(request_id, READ)))
    held = _opened(request_id, SHOWN)
    page = AnswerPage(
        facts=presenting.answer_facts(found, _telling()),
        held=presenting.held_facts(held, words()) if held else (),
        state=state,
        due=_telling().day(Instant(found.due_at)),
        file_href=link(f"/settings/privacy/requests/{request_id}/file"),
        file=f"data-request-{request_id}.json",
        delete_href=link(f"/settings/privacy/requests/{request_id}/delete"),
        back=_back(),
    )
    return show("settings/data_request.html", page, presenting.title(found, words()))


@blueprint.get("/requests/<int:request_id>/file")
def request_file(request_id: int) -> Response:
    """The answer to be handed to the customer, or the certificate in both languages."""
    with parts().database.reading() as session:
        found, state = _found(session, request_id)
    if found.kind != DATA_REQUEST:
        said = [_certified(found, state, Words(locale)).text(Words(locale)) for locale in LOCALES]
        return _file("\n".join(said), "text/plain", f"erasure-{request_id}.txt")
    document = presenting.document(found, _opened(request_id, DOWNLOADED, or_fail=True))
    return _file(presenting.answer_text(document), "application/json", f"data-request-{request_id}.json")


@blueprint.post("/requests/<int:request_id>/delete")
def delete_answer(request_id: int) -> Response:
    """Delete an answer that was handed over; one that is gone already stays so."""
    here = current_shop()
    with parts().database.transaction() as session:
        found, state = _found(session, request_id)
        if found.kind != DATA_REQUEST:
            _no_answer()
        if state == presenting.WAITING:
            raise Malformed("Download the answer first: it must be handed to the customer.")
        drop_answer(session, here.id, request_id, here.staff_id, parts().clock())
    return answer({"go": link("/settings/privacy"), "message": words().text("The answer was deleted.")})


@blueprint.get("/access")
def access() -> Response:
    """The access log, newest first."""
    if request.args.get("format") == "csv":
        return _file("".join(log.file_lines(_all_entries())), "text/csv", "access-log.csv")
    after = log.read_place(request.args.get("after"))
    with parts().database.reading() as session:
        found = entries(session, current_shop().id, after, ROWS + 1)
    shown = found[:ROWS]
    rows = [log.cells(entry) for entry in shown]
    etag = version(rows, len(found) > ROWS)
    if same := unchanged(etag):
        return same
    following = log.place_text(shown[-1]) if len(found) > ROWS else None
    if wants_json():
        return answer({"access": rows, "after": following}, etag)
    page = LogPage(
        rows=[log.told(entry, _telling(), link) for entry in shown],
        paging=_paging("/settings/privacy/access", following, after is not None),
        back=_back(),
    )
    return show("settings/access_log.html", page, words().text("Access log"), etag)


# ---- finding ----


def _found(session: Session, request_id: int) -> tuple[PrivacyRequest, str]:
    """A request of the current shop and how it stands; NotFound else."""
    found = get_request(session, current_shop().id, request_id) if request_id < _BIGGEST_ID else None
    if found is None:
        raise NotFound
    return found, _states(session, [found])[found.id]


def _states(session: Session, found: Sequence[PrivacyRequest]) -> dict[int, str]:
    searched = still_searched(session, current_shop().id, [one.id for one in found])
    return {one.id: state_of(one, searching=one.id in searched) for one in found}


def _opened(request_id: int, why: str, *, or_fail: bool = False) -> dict[str, Any]:
    """What an answer holds, opened and noted in one transaction that is committed before anything is shown."""
    here, now = current_shop(), parts().clock()
    with parts().database.transaction() as session:
        found, _ = _found(session, request_id)
        held = open_answer(session, found, parts().keys, Opening(here.staff_id, why), now)
        if held and why == DOWNLOADED:
            note_handed(session, here.id, request_id, now)
    if not held and or_fail:
        _no_answer()
    return held


def _no_answer() -> NoReturn:
    raise Malformed("This answer is not there any more.")


def _all_requests() -> Iterator[dict[str, Any]]:
    before: int | None = None
    while True:
        with parts().database.reading() as session:
            found = requests_before(session, current_shop().id, before, FILE_ROWS)
            states = _states(session, found)
        yield from (presenting.cells(one, states[one.id]) for one in found)
        if len(found) < FILE_ROWS:
            return
        before = found[-1].id


def _all_entries() -> Iterator[dict[str, Any]]:
    after: Place | None = None
    while True:
        with parts().database.reading() as session:
            found: Sequence[AccessEntry] = entries(session, current_shop().id, after, FILE_ROWS)
        yield from map(log.cells, found)
        if len(found) < FILE_ROWS:
            return
        after = Instant(found[-1].at), found[-1].id


# ---- showing ----


def _certificate(found: PrivacyRequest, state: str) -> Response:
    document = presenting.certificate_document(found, state)
    etag = version(document)
    if same := unchanged(etag):
        return same
    if wants_json():
        return answer(document, etag)
    page = CertificatePage(
        told=_certified(found, state, words()),
        file_href=link(f"/settings/privacy/requests/{found.id}/file"),
        file=f"erasure-{found.id}.txt",
        back=_back(),
    )
    return show("settings/certificate.html", page, page.told.title, etag)


def _certified(found: PrivacyRequest, state: str, spoken: Words) -> Certificate:
    telling = Telling(spoken, ZoneInfo(current_shop().timezone))
    return presenting.certificate(found, current_shop().domain, telling, searching=state == presenting.SEARCHING)


def _telling() -> Telling:
    return Telling(words(), ZoneInfo(current_shop().timezone))


def _here(found: PrivacyRequest) -> str:
    return link(f"/settings/privacy/requests/{found.id}")


def _back() -> Back:
    return Back(words().text("Data and privacy"), link("/settings/privacy"))


def _paging(path: str, following: str | None, inside: bool) -> Paging:
    return Paging(
        first_href=link(path) if inside else None,
        next_href=link(path, {"after": following}) if following else None,
        file_href=link(path, {"format": "csv"}),
    )


def _file(text: str, mimetype: str, name: str) -> Response:
    response = Response(text, mimetype=mimetype, headers={"Cache-Control": "no-store"})
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
