"""Everything of the shop as one file: ask for it, see how far it is, download it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, stream_with_context

from shopify_app.clock import Instant, local_day
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import NotFound
from shopify_app.exports.model import Export
from shopify_app.exports.queries import newest_export, piece_numbers
from shopify_app.exports.sources import TABLES
from shopify_app.language import Words
from shopify_app.privacy.access.opening import DOWNLOADED, Opening, note_export, open_piece
from shopify_app.privacy.keeping import EXPORT_KEPT
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import latest
from shopify_app.tasks.queries import request as request_task
from shopify_app.tasks.view import TaskView

blueprint = Blueprint("export", __name__, url_prefix="/settings/privacy/export")

EXPORT = "export_all"
"""The kind of task that writes it."""
_MEGABYTE = 10**6


@dataclass(frozen=True, slots=True)
class Inside:
    """One table of the file."""

    name: str
    columns: str
    personal: bool


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Everything as one file."""

    writing: str | None
    bar: int
    full: int
    stopped: str | None
    ready: str | None
    until: str | None
    file: str
    file_href: str
    inside: list[Inside]
    back: Back


@blueprint.get("")
def index() -> Response:
    """Where the export stands."""
    with parts().database.reading() as session:
        here = current_shop().id
        shop, found, task = get_shop(session, here), newest_export(session, here), latest(session, here, EXPORT)
        zone = ZoneInfo(shop.timezone)
    ready = found if found is not None and found.finished_at is not None else None
    etag = version(found and (found.export_id, found.rows, found.finished_at), task and (task.state, task.done))
    if same := unchanged(etag):
        return same
    if wants_json():
        return answer(_document(ready, task), etag)
    spoken = words()
    page = ExportPage(
        writing=_writing(task, spoken),
        bar=task.done if task else 0,
        full=task.total or 0 if task and task.active else 0,
        stopped=spoken.text(task.error) if task and task.state == "failed" and task.error else None,
        ready=_ready(ready, zone, spoken) if ready else None,
        until=_until(ready, zone, spoken) if ready else None,
        file=_file_name(ready, zone) if ready else "",
        file_href=link("/settings/privacy/export/file"),
        inside=[Inside(table.name, ", ".join(table.names), table.is_personal) for table in TABLES],
        back=Back(spoken.text("Data and privacy"), link("/settings/privacy")),
    )
    return show("settings/export.html", page, spoken.text("Everything as one file"), etag)


def _writing(task: TaskView | None, spoken: Words) -> str | None:
    if task is None or not task.active:
        return None
    if not task.total:
        return spoken.text("Wafa begins to write. You can leave this page.")
    return spoken.text(
        "Writing: {done} of about {total} rows. You can leave this page.",
        done=spoken.number(task.done),
        total=spoken.number(task.total),
    )


def _ready(found: Export, zone: ZoneInfo, spoken: Words) -> str:
    begun = found.begun_at
    return spoken.text(
        "Your file of {day} is ready: {rows} rows, {size} MB.",
        day=spoken.day(local_day(begun, zone)),
        rows=spoken.number(found.rows),
        size=spoken.number(max(1, round(found.size / _MEGABYTE))),
    )


def _until(found: Export, zone: ZoneInfo, spoken: Words) -> str:
    last = local_day(Instant(found.begun_at + EXPORT_KEPT), zone)
    return spoken.text("It is kept, sealed, until {day}.", day=spoken.day(last))


def _file_name(found: Export, zone: ZoneInfo) -> str:
    return f"wafa-{local_day(found.begun_at, zone).isoformat()}.jsonl.gz"


def _document(ready: Export | None, task: TaskView | None) -> dict[str, Any]:
    return {
        "state": task.state if task else None,
        "done": task.done if task else 0,
        "total": task.total if task else None,
        "ready": ready is not None,
        "begun_at": ready.begun_at.isoformat() if ready else None,
        "rows": ready.rows if ready else None,
    }


@blueprint.post("/write")
def write() -> Response:
    """Write the file anew."""
    here = current_shop()
    with parts().database.transaction() as session:
        task = request_task(session, here.id, EXPORT, None, here.staff_id, parts().clock())
    return answer({"task": task, "message": words().text("Wafa begins to write. You can leave this page.")})


@blueprint.get("/file")
def file() -> Response:
    """The file, a piece at a time; a row in the access log first."""
    here, database, keys = current_shop(), parts().database, parts().keys
    with database.transaction() as session:
        found = newest_export(session, here.id)
        if found is None or found.finished_at is None:
            raise NotFound
        note_export(session, here.id, Opening(here.staff_id, DOWNLOADED), parts().clock())
        export_id, name = found.export_id, _file_name(found, ZoneInfo(get_shop(session, here.id).timezone))
        numbers = piece_numbers(session, here.id, export_id)

    def pieces() -> Iterator[bytes]:
        for number in numbers:
            with database.reading() as session:
                yield open_piece(session, here.id, keys, export_id, number)

    response = Response(stream_with_context(pieces()), mimetype="application/gzip")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
