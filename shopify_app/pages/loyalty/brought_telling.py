"""What is said of a file of balances: how far it is, whom it would give how much, and why not the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.clock import local_day
from shopify_app.customers.contacts.contact import EMAIL
from shopify_app.customers.contacts.queries import reading_of
from shopify_app.db.base import Session, ShopId
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import words
from shopify_app.language import Words
from shopify_app.loyalty.brought.amount import MOST, NEGATIVE, TOO_MANY, UNWHOLE, ZERO
from shopify_app.loyalty.brought.file import FileLine
from shopify_app.loyalty.brought.lines.line import (
    DIFFERS,
    FOUND,
    HAD,
    LOOKED_FOR_AGAIN,
    NOBODY,
    SEVERAL,
    TWICE,
    UNKNOWN,
    WAITING,
)
from shopify_app.loyalty.brought.lines.queries import next_lines, outcomes_of
from shopify_app.loyalty.brought.model import (
    ARRIVING,
    AT_WORK,
    CHECKED,
    CHECKING,
    GIVEN,
    GIVING,
    PUT_AWAY,
    UNDOING,
    UNDONE,
    BroughtFile,
    prefix_of,
)
from shopify_app.loyalty.brought.queries import given_before
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.programme.telling import points_text
from shopify_app.pages.loyalty.large import Line, UndoTold, amount_text, back_text, is_large, must_type, undo_told
from shopify_app.table import Column, Table
from shopify_app.tasks.view import TaskView

SHOWN = 10
SENTENCES = {
    ARRIVING: "The file is arriving.",
    CHECKING: "Being looked through. Nothing is given by that.",
    CHECKED: "Looked through, and not given.",
    GIVING: "Being given.",
    GIVEN: "Given on {day}.",
    UNDOING: "Being taken back.",
    UNDONE: "Taken back: {back}. What had been spent stays.",
    PUT_AWAY: "Put away. Nothing was given.",
}
REASONS = {
    UNKNOWN: "Not found among your customers",
    SEVERAL: "The e-mail address or phone is that of several customers",
    DIFFERS: "The number is that of one customer, the e-mail address that of another",
    NOBODY: "Names nobody: no customer number, e-mail address or phone with its country's code",
    TWICE: "The same customer as in another line",
    HAD: "Has had points from an earlier file",
    UNWHOLE: "The points are no whole number",
    NEGATIVE: "The points are below zero",
    ZERO: "No points",
    TOO_MANY: "More than {most} points",
}

LEFT: Table[Any] = Table(
    "not_given",
    (
        Column("row", "count", "Row of the file", lambda row: row.line.place),
        Column("why", "text", "Why not", lambda row: row.why),
        Column("customer_id", "text", "Customer", lambda row: row.line.number, personal=True),
        Column("email", "text", "E-mail address", lambda row: row.line.email, personal=True),
        Column("phone", "text", "Phone", lambda row: row.line.phone, personal=True),
        Column("points", "text", "Points", lambda row: row.line.points, personal=True),
    ),
)


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A line that is not given."""

    line: FileLine
    why: str


@dataclass(frozen=True, slots=True)
class FileLink:
    """An earlier file in a list."""

    day: str
    href: str
    sentence: str
    people: str
    points: str


@dataclass(frozen=True, slots=True)
class BroughtPage:
    """Where files are brought."""

    none: str | None
    """Why none can be."""
    files: Sequence[FileLink]


@dataclass(frozen=True, slots=True)
class Why:
    """How many lines are not given for one reason."""

    reason: str
    lines: str


@dataclass(frozen=True, slots=True)
class FilePage:
    """One file."""

    state: str
    title: str
    sentence: str
    working: str | None
    bar: int
    full: int
    stopped: str | None
    """Why the work has stopped."""
    amount: str | None
    """What would be given."""
    given: str | None
    """What was."""
    notes: Sequence[str]
    confirm: str | None
    """What must be typed before it is given; None where nothing must."""
    lines: Sequence[Line]
    """Some who would get something."""
    whole: bool
    """Whether these are all."""
    left: Sequence[Why]
    left_lines: str | None
    """How many lines are not given."""
    can_look_again: bool
    back: str | None
    """What is left, once it was taken back."""
    undo: UndoTold | None
    """What taking it back would take, where that is asked."""
    path: str


def lines_of_files(files: Sequence[BroughtFile], zone: ZoneInfo) -> list[FileLink]:
    """Files as a list shows them."""
    return [
        FileLink(
            day=words().day(local_day(file.asked_at, zone)),
            href=f"/loyalty/import/{file.file_id}",
            sentence=_sentence(file, zone),
            people=words().number(file.people),
            points=words().number(file.points),
        )
        for file in files
    ]


def told_file(session: Session, file: BroughtFile, zone: ZoneInfo, task: TaskView | None) -> FilePage:
    """All that its page says."""
    shop, spoken = current_shop().id, words()
    rule = next(each.rule for each in versions_of(session, shop) if each.number == file.rule)
    outcomes = outcomes_of(session, shop, file.file_id)
    people, points = outcomes.get(FOUND, (0, 0)) if file.state == CHECKED else (0, 0)
    before = given_before(session, shop, file) if file.state == CHECKED else None
    left = {reason: lines for reason, (lines, _) in outcomes.items() if reason in REASONS}
    left = {} if file.state in (CHECKING, ARRIVING) else left
    stopped, path = _stopped(file, task), f"/loyalty/import/{file.file_id}"
    may_undo = bool(file.people) and file.state in (CHECKED, GIVEN)
    return FilePage(
        state=file.state,
        title=spoken.text("File of {day}", day=spoken.day(local_day(file.asked_at, zone))),
        sentence=_sentence(file, zone),
        working=None if stopped else _working(file, task),
        bar=task.done if task else 0,
        full=task.total or 0 if task else 0,
        stopped=stopped,
        amount=amount_text(people, points, rule) if file.state == CHECKED else None,
        given=amount_text(file.people, file.points, rule) if file.people else None,
        notes=_notes(session, shop, file, before, zone),
        confirm=must_type(points) if is_large(points, rule) or (file.again and before) else None,
        lines=_first(session, shop, file) if people else [],
        whole=people <= SHOWN,
        left=[Why(reason_text(reason, spoken), spoken.number(left[reason])) for reason in REASONS if reason in left],
        left_lines=spoken.plural("{n} line is not given", "{n} lines are not given", sum(left.values()))
        if left
        else None,
        can_look_again=file.state == GIVEN and any(reason in left for reason in LOOKED_FOR_AGAIN),
        path=path,
        back=back_text(file.points, file.taken_back) if file.state == UNDONE and file.points else None,
        undo=undo_told(session, prefix_of(file.file_id), rule, path, path) if may_undo else None,
    )


def _sentence(file: BroughtFile, zone: ZoneInfo) -> str:
    given = words().day(local_day(file.given_at, zone)) if file.given_at else ""
    return words().text(SENTENCES[file.state], day=given, back=points_text(file.taken_back, words()))


def _stopped(file: BroughtFile, task: TaskView | None) -> str | None:
    """Why nothing goes on: the task has failed, or ended with an installation that is over."""
    if file.state not in AT_WORK or (task is not None and task.active):
        return None
    if task is not None and task.error:
        return words().text(task.error)
    return words().text("It was stopped before its end.")


def _working(file: BroughtFile, task: TaskView | None) -> str | None:
    if file.state not in AT_WORK:
        return None
    if task is None or not task.total:
        if file.state == CHECKING:
            return words().text("Wafa first reads from Shopify who your customers are now. You can leave this page.")
        return words().text("It is being worked out. You can leave this page.")
    done, total = words().number(task.done), words().number(task.total)
    return words().text("{done} of {total} lines are done. You can leave this page.", done=done, total=total)


def _notes(session: Session, shop: ShopId, file: BroughtFile, before: BroughtFile | None, zone: ZoneInfo) -> list[str]:
    said, spoken = [], words()
    if before is not None and before.given_at is not None:
        said.append(_given_before(file, spoken.day(local_day(before.given_at, zone))))
    reading = reading_of(session, shop)
    if reading is None or reading.read_until is None:
        said.append(spoken.text("Wafa could not read all your customers from Shopify, so somebody may be missing."))
    elif EMAIL in reading.withheld.split():
        said.append(spoken.text("Shopify keeps e-mail addresses from Wafa: lines are found by the customer's number."))
    if file.forgotten:
        said.append(
            spoken.plural(
                "{n} line was about somebody who was erased on request, and was deleted.",
                "{n} lines were about people who were erased on request, and were deleted.",
                file.forgotten,
            )
        )
    return said


def _given_before(file: BroughtFile, day: str) -> str:
    if file.again:
        return words().text(
            "This very file was given on {day}. Now the same customers would get its points a second time.", day=day
        )
    return words().text("This very file was given on {day}. Whoever had points from it then is left out now.", day=day)


def _first(session: Session, shop: ShopId, file: BroughtFile) -> list[Line]:
    found = next_lines(session, shop, file.file_id, FOUND, SHOWN)
    return [Line(line.customer_id, words().number(line.points)) for line in found if line.customer_id is not None]


def reason_text(reason: str, spoken: Words) -> str:
    """Why lines are not given."""
    return spoken.text(REASONS[reason], most=spoken.number(MOST))


def left_row(outcome: str, line: FileLine, spoken: Words) -> LeftRow:
    """A line of the list of those that are not given."""
    return LeftRow(line, reason_text(outcome, spoken))


def document(file: BroughtFile, outcomes: Mapping[str, tuple[int, int]] | None = None) -> dict[str, Any]:
    """A file for a program."""
    named = ("file_id", "state", "again", "lines", "people", "points", "forgotten", "taken_back")
    told = {name: getattr(file, name) for name in named}
    if outcomes is None:
        return told
    people, points = outcomes.get(FOUND, (0, 0))
    left = {reason: lines for reason, (lines, _) in outcomes.items() if reason not in (FOUND, WAITING)}
    return told | {"to_give": {"people": people, "points": points}, "left": left}
