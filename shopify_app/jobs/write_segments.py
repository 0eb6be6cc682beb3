"""Keeping segments in Shopify as they were asked for: what differs is written, by calls or as a bulk operation.

One segment after another, in small pieces, each stored with its place; everything outside is an intent.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shopify_app.admin_api.client import AdminApi
from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database
from shopify_app.jobs.write_members import PORTION, WriteMembers, go_on, wait
from shopify_app.segments.membership import MembersOf
from shopify_app.segments.outward import queries, shopify
from shopify_app.segments.outward.asking import DENIED, SCOPE, WRITE_SEGMENTS
from shopify_app.segments.outward.kinds import DEFINE, ENTER, LEAVE, RENAME, UNDEFINE, segment_kinds
from shopify_app.segments.outward.model import MARK, TAG, WrittenSegment
from shopify_app.shops.access import allows
from shopify_app.shops.granted import learn_scopes
from shopify_app.tasks.intents.kind import IntentView
from shopify_app.tasks.intents.model import DONE
from shopify_app.tasks.intents.queries import plan
from shopify_app.tasks.intents.run import run_intent
from shopify_app.tasks.step import GiveUp
from shopify_app.tasks.view import Outcome, TaskView

__all__ = ["WRITE_SEGMENTS", "WriteSegments"]

Work = Callable[[TaskView, WrittenSegment, Instant], Outcome]


class WriteSegments:
    """The task; `members_of` says who is in a segment now."""

    def __init__(self, database: Database, admin: AdminApi, clock: Clock, members_of: MembersOf) -> None:
        self._database = database
        self._admin = admin
        self._clock = clock
        self._kinds = segment_kinds(database, admin)
        members = WriteMembers(database, admin, self._kinds, members_of, self._done_with)
        self._works: Mapping[str, Work] = {
            "define": self._define,
            "compare": members.compare,
            "write": members.write,
            "await": members.see_through,
            "enter": self._enter,
            "leave": self._leave,
            "undefine": self._undefine,
            "forget": self._forget,
        }

    def step(self, task: TaskView, now: Instant) -> Outcome:
        """Do the next piece."""
        if not task.phase:
            return self._begin(task)
        segment = self._segment(task)
        if segment is None:
            return self._next(task, task.cursor["refused"])
        try:
            return self._works[task.phase](task, segment, now)
        except GiveUp as refused:
            # Shopify, or we, cannot do this one; the others are none the worse for it.
            return self._next(task, {**task.cursor["refused"], segment.segment: refused.message})

    def _begin(self, task: TaskView) -> Outcome:
        """Nothing is written without the permission, by Shopify's own word of this moment."""
        if not allows(",".join(learn_scopes(self._database, self._admin, task.shop, self._clock)), SCOPE):
            raise GiveUp(DENIED)
        return self._next(task, {})

    def _segment(self, task: TaskView) -> WrittenSegment | None:
        with self._database.reading() as session:
            return queries.written(session, task.shop, str(task.cursor["segment"]))

    def _next(self, task: TaskView, refused: Mapping[str, str]) -> Outcome:
        """Turn to a segment that waits; the task is done when none does but those that were refused, with why."""
        with self._database.reading() as session:
            segment = queries.next_due(session, task.shop, refused)
        if segment is None and refused:
            raise GiveUp(next(iter(refused.values())))
        if segment is None:
            return Outcome({}, task.done, task.done, finished=True, result={"written": task.done})
        place = {"segment": segment.segment, "asked": segment.asked, "refused": dict(refused)}
        return go_on(task, place, _todo(segment))

    def _done_with(self, task: TaskView, now: Instant) -> Outcome:
        """What was to be done is; the next thing, or the next segment."""
        if todo := list(task.cursor["todo"]):
            return go_on(task, task.cursor, todo)
        with self._database.transaction() as session:
            queries.note_written(session, task.shop, str(task.cursor["segment"]), int(task.cursor["asked"]), now)
        return self._next(task, task.cursor["refused"])

    # The definition, and Shopify's segment on it

    def _define(self, task: TaskView, segment: WrittenSegment, now: Instant) -> Outcome:
        if segment.namespace is not None:
            if shopify.namespace_of(self._admin, task.shop, segment.segment):
                return self._done_with(task, now)
            # It went with all values, as when the app was taken out of the shop meanwhile.
            return go_on(task, task.cursor, [["forget", MARK], ["define", MARK], *task.cursor["todo"]])
        named = {"segment": segment.segment, "title": segment.title}
        intent = self._effect(task, segment, DEFINE, named, now)
        if intent.state != DONE:
            return wait(task, intent)
        return self._noted(task, now, namespace=(intent.outcome or {})["namespace"])

    def _enter(self, task: TaskView, segment: WrittenSegment, now: Instant) -> Outcome:
        if segment.shopify_id is not None:
            # Whoever has deleted it by hand does not want it back.
            return self._done_with(task, now) if segment.named == segment.title else self._rename(task, segment, now)
        query = shopify.segment_query(str(segment.namespace), segment.segment)
        named = {"segment": segment.segment, "title": segment.title, "query": query}
        intent = self._effect(task, segment, ENTER, named, now)
        if intent.state != DONE:
            return wait(task, intent)
        number = shopify.number_of((intent.outcome or {})["id"])
        return self._noted(task, now, shopify_id=number, named=intent.arguments["title"])

    def _rename(self, task: TaskView, segment: WrittenSegment, now: Instant) -> Outcome:
        there = f"gid://shopify/Segment/{segment.shopify_id}"
        named = {"segment": segment.segment, "title": segment.title, "id": there}
        # Each of two names that are given one after the other is told.
        intent = self._effect(task, segment, RENAME, named, now, f":{segment.asked}")
        return self._noted(task, now, named=intent.arguments["title"]) if intent.state == DONE else wait(task, intent)

    def _leave(self, task: TaskView, segment: WrittenSegment, now: Instant) -> Outcome:
        if segment.shopify_id is None:
            return self._done_with(task, now)
        named = {"segment": segment.segment, "id": f"gid://shopify/Segment/{segment.shopify_id}"}
        intent = self._effect(task, segment, LEAVE, named, now)
        return self._noted(task, now, shopify_id=None) if intent.state == DONE else wait(task, intent)

    def _undefine(self, task: TaskView, segment: WrittenSegment, now: Instant) -> Outcome:
        """With the definition go all the values."""
        named = {"segment": segment.segment}
        intent = self._effect(task, segment, UNDEFINE, named, now)
        return self._done_with(task, now) if intent.state == DONE else wait(task, intent)

    def _forget(self, task: TaskView, segment: WrittenSegment, now: Instant) -> Outcome:
        with self._database.transaction() as session:
            gone = queries.drop_all(session, task.shop, segment.segment, MARK, PORTION)
            if not gone:
                epoch = segment.epoch + 1
                queries.change(session, task.shop, segment.segment, namespace=None, shopify_id=None, epoch=epoch)
        return self._done_with(task, now) if not gone else Outcome(task.cursor, task.done + gone, task.total)

    def _noted(self, task: TaskView, now: Instant, **values: Any) -> Outcome:
        with self._database.transaction() as session:
            queries.change(session, task.shop, str(task.cursor["segment"]), **values)
        return self._done_with(task, now)

    def _effect(
        self, task: TaskView, segment: WrittenSegment, kind: str, named: Mapping[str, Any], now: Instant, time: str = ""
    ) -> IntentView:
        """Once for each time that it is asked for: what was refused then may be possible now."""
        key = f"{segment.segment}:{segment.epoch}:{task.id}:{task.rounds}{time}"
        with self._database.transaction() as session:
            plan(session, task.shop, kind, key, named, task.actor, now)
        return run_intent(self._database, self._kinds, task.shop, kind, key, now, task.owner or "")


def _todo(segment: WrittenSegment) -> list[list[Any]]:
    """What there is to do for a segment, in order: Shopify's own comes last, when its members are there."""
    if segment.wanted:
        todo: list[list[Any]] = [["define", MARK], ["compare", MARK], ["write", MARK], ["enter", MARK]]
    elif segment.namespace is not None:
        todo = [["leave", MARK], ["undefine", MARK], ["forget", MARK]]
    else:
        todo = [["forget", MARK]]
    return [*todo, ["compare", TAG], ["write", TAG]] if segment.tag is not None else todo
