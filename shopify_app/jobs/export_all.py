"""Writing everything of a shop into one file, piece by piece.

The file is JSON lines, compressed: gzip members one behind the other, which is a gzip file. Each row is as it was when
it was read; what changes meanwhile may stand in one table already and not yet in another.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Any

from shopify_app.clock import Clock, Instant
from shopify_app.customers.queries import count_redacted
from shopify_app.db.base import Database, Session
from shopify_app.exports.queries import (
    SOURCES,
    add_piece,
    begin_export,
    drop_exports,
    finish_export,
    is_being_written,
    next_rows,
    piece_context,
    rows_to_tell,
)
from shopify_app.exports.sources import TABLES, columns_document
from shopify_app.shops.keys import ShopKeys
from shopify_app.tasks.queries import save
from shopify_app.tasks.view import Outcome, TaskView

EXPORT = "export_all"
ROWS = 2000
"""Rows of one piece."""
_PIECES = 10
"""Pieces in one step: other tasks get their turn between two steps."""


class ExportAll:
    """The task: a header that says what each column holds, then table after table."""

    def __init__(self, database: Database, keys: ShopKeys, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock

    def step(self, task: TaskView, now: Instant) -> Outcome:
        """Write the next pieces."""
        if not task.cursor:
            return self._begin(task, now)
        cursor = dict(task.cursor)
        for _ in range(_PIECES):
            if cursor["source"] >= len(SOURCES):
                return self._finish(task, cursor)
            cursor = self._next(task, cursor)
            if not cursor:
                return Outcome()
        return Outcome(cursor, cursor["rows"], cursor["total"])

    def _begin(self, task: TaskView, now: Instant) -> Outcome:
        with self._database.reading() as session:
            total, forgotten = rows_to_tell(session, task.shop), count_redacted(session, task.shop)
        cursor = {"source": 0, "after": None, "piece": 1, "rows": 0, "total": total, "forgotten": forgotten}
        header = (line for table in TABLES for line in columns_document(table))
        with self._database.transaction() as session:
            save(session, task, Outcome(cursor, 0, total), self._clock())
            begin_export(session, task.shop, task.id, now)
            self._write(session, task, 0, header, 0)
        return Outcome(cursor, 0, total)

    def _next(self, task: TaskView, cursor: Mapping[str, Any]) -> dict[str, Any]:
        """Write one piece; an empty cursor where somebody was forgotten meanwhile: then all begins anew."""
        with self._database.reading() as session:
            source = SOURCES[cursor["source"]]
            rows, after = next_rows(session, task.shop, source, cursor["after"], ROWS)
        onward = {**cursor, "after": after, "rows": cursor["rows"] + len(rows), "piece": cursor["piece"] + 1}
        if after is None:
            onward |= {"source": cursor["source"] + 1}
        with self._database.transaction() as session:
            # A redaction that has not ended yet holds the task: this waits for it, or it for this.
            save(session, task, Outcome(onward, onward["rows"], cursor["total"]), self._clock())
            # Whoever is forgotten a second time is not counted again, but the export is gone.
            known = count_redacted(session, task.shop) == cursor["forgotten"]
            if not known or not is_being_written(session, task.shop, task.id):
                drop_exports(session, task.shop)
                save(session, task, Outcome(), self._clock())
                return {}
            self._write(session, task, cursor["piece"], rows, len(rows))
        return onward

    def _write(
        self, session: Session, task: TaskView, number: int, rows: Iterable[Mapping[str, Any]], count: int
    ) -> None:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        if text:
            packed = gzip.compress(text.encode(), mtime=0)
            sealed = self._keys.seal(session, task.shop, packed, piece_context(task.id, number))
            add_piece(session, task.shop, task.id, number, sealed, count)

    def _finish(self, task: TaskView, cursor: Mapping[str, Any]) -> Outcome:
        with self._database.transaction() as session:
            save(session, task, Outcome(cursor, cursor["rows"], cursor["rows"]), self._clock())
            finish_export(session, task.shop, task.id, self._clock())
        return Outcome(cursor, cursor["rows"], cursor["rows"], finished=True, result={"rows": cursor["rows"]})
