"""The effects in Shopify that a segment has, as intents: each with how it is sent, and how it is found again.

No intent names a customer: a batch is a number, and who is in it stands in rows that go when somebody is forgotten.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from shopify_app.admin_api import bulk
from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.errors import Rejected
from shopify_app.admin_api.pacing import Pace
from shopify_app.clock import Instant
from shopify_app.db.base import Database
from shopify_app.segments.outward import queries, shopify
from shopify_app.segments.outward.model import MARK
from shopify_app.shops.token_exchange import TokensUnavailable
from shopify_app.tasks.intents.kind import Found, IntentView, Kind, NotThere, NotYet, Seen

DEFINE, UNDEFINE = "define_metafield", "undefine_metafield"
ENTER, RENAME, LEAVE = "create_segment", "rename_segment", "delete_segment"
WRITE, WRITE_IN_BULK = "write_members", "write_members_in_bulk"

_BUSY_WAIT = 5.0
_SKEW = timedelta(minutes=10)
"""How far Shopify's clock may be behind ours."""
_GONE = frozenset({"NOT_FOUND"})
_TAKEN = frozenset({"TAKEN"})


def segment_kinds(database: Database, admin: AdminApi) -> Mapping[str, Kind]:
    """Every kind of intent of this slice, by its name."""
    made = _Effects(database, admin)
    kinds = {
        DEFINE: Kind(made.define, made.look_defined),
        UNDEFINE: Kind(made.undefine, made.look_undefined),
        ENTER: Kind(made.enter, made.look_entered),
        RENAME: Kind(made.rename, made.look_renamed),
        LEAVE: Kind(made.leave, made.look_left),
        WRITE: Kind(made.write, made.look_written),
        WRITE_IN_BULK: Kind(made.start, made.look_started),
    }
    return {name: Kind(_tokens_first(kind.send), kind.look) for name, kind in kinds.items()}


def _tokens_first(send: Callable[[IntentView], Mapping[str, Any]]) -> Callable[[IntentView], Mapping[str, Any]]:
    def sent(intent: IntentView) -> Mapping[str, Any]:
        try:
            return send(intent)
        except TokensUnavailable as error:
            # Without a token nothing has left.
            raise NotYet(_BUSY_WAIT) from error

    return sent


class _Effects:
    """Each effect and its look; `arguments` name the segment, and what else is named beside each."""

    def __init__(self, database: Database, admin: AdminApi) -> None:
        self._database = database
        self._admin = admin

    # The metafield's definition: `title`

    def define(self, intent: IntentView) -> dict[str, str]:
        segment, title = intent.arguments["segment"], intent.arguments["title"]
        wanted = shopify.definition(segment, title)
        try:
            answer = self._admin.run(intent.shop, DEFINE, pace=Pace.EFFECT, definition=wanted)
        except Rejected as error:
            if error.codes <= _TAKEN and (known := self._definition(intent)) is not None:
                return known
            raise
        return {"namespace": answer["metafieldDefinitionCreate"]["createdDefinition"]["namespace"]}

    def look_defined(self, intent: IntentView) -> Seen:
        known = self._definition(intent)
        return Found(known) if known else NotThere()

    def _definition(self, intent: IntentView) -> dict[str, str] | None:
        namespace = shopify.namespace_of(self._admin, intent.shop, intent.arguments["segment"])
        return {"namespace": namespace} if namespace else None

    def undefine(self, intent: IntentView) -> dict[str, str]:
        key = shopify.metafield_key(intent.arguments["segment"])
        try:
            self._admin.run(intent.shop, UNDEFINE, pace=Pace.EFFECT, key=key)
        except Rejected as error:
            if not error.codes <= _GONE:
                raise
        return {}

    def look_undefined(self, intent: IntentView) -> Seen:
        return NotThere() if self._definition(intent) else Found()

    # Shopify's segment: `title` and `query`; to rename it, `title` and its `id`; to delete it, its `id`

    def enter(self, intent: IntentView) -> dict[str, str]:
        title, segment = intent.arguments["title"], intent.arguments["segment"]
        if known := shopify.find_segment(self._admin, intent.shop, intent.arguments["query"]):
            # Of a time before, or made by hand: a second one would be the same.
            return {"id": known["id"], "name": known["name"]}
        made = self._called(intent, _names(title, segment), query=intent.arguments["query"])
        return {"id": made["segmentCreate"]["segment"]["id"], "name": made["segmentCreate"]["segment"]["name"]}

    def _called(self, intent: IntentView, names: Sequence[str], **asked: str) -> Mapping[str, Any]:
        """The answer to the first of these names that nobody has."""
        for name in names:
            try:
                return self._admin.run(intent.shop, intent.kind, pace=Pace.EFFECT, title=name, **asked)
            except Rejected as error:
                if name == names[-1] or not shopify.is_taken(error, "name"):
                    raise
        raise AssertionError("the last name was tried")

    def look_entered(self, intent: IntentView) -> Seen:
        found = shopify.find_segment(self._admin, intent.shop, intent.arguments["query"])
        return Found({"id": found["id"], "name": found["name"]}) if found else NotThere()

    def rename(self, intent: IntentView) -> dict[str, str]:
        names = _names(intent.arguments["title"], intent.arguments["segment"])
        try:
            self._called(intent, names, id=intent.arguments["id"])
        except Rejected as error:
            # Whoever has deleted it by hand does not want it back.
            if not shopify.is_taken(error, "id"):
                raise
        return {}

    def look_renamed(self, intent: IntentView) -> Seen:
        found = whole(self._admin.run(intent.shop, "find_segment", pace=Pace.EFFECT, id=intent.arguments["id"]))
        names = _names(intent.arguments["title"], intent.arguments["segment"])
        return NotThere() if found["segment"] and found["segment"]["name"] not in names else Found()

    def leave(self, intent: IntentView) -> dict[str, str]:
        try:
            self._admin.run(intent.shop, LEAVE, pace=Pace.EFFECT, id=intent.arguments["id"])
        except Rejected as error:
            if not shopify.is_taken(error, "id"):
                raise
        return {}

    def look_left(self, intent: IntentView) -> Seen:
        found = whole(self._admin.run(intent.shop, "find_segment", pace=Pace.EFFECT, id=intent.arguments["id"]))
        return NotThere() if found["segment"] else Found()

    # Members: `medium`, `batch`, `tag`

    def write(self, intent: IntentView) -> dict[str, int]:
        members = self._members(intent)
        return self._mark(intent, members) if intent.arguments["medium"] == MARK else self._tag(intent, members)

    def _mark(self, intent: IntentView, members: shopify.Members) -> dict[str, int]:
        gone = 0
        while members:
            try:
                values = shopify.marks(intent.arguments["segment"], members)
                self._admin.run(intent.shop, "set_metafields", pace=Pace.EFFECT, metafields=values)
                break
            except Rejected:
                # All or none is written: after a refusal none is, and the rest may be sent.
                nobody = shopify.nobody(self._admin, intent.shop, intent.arguments["segment"], members)
                if not nobody:
                    raise
                self._forget(intent, nobody)
                members, gone = [one for one in members if one[0] not in nobody], gone + len(nobody)
        return {"gone": gone}

    def _tag(self, intent: IntentView, members: shopify.Members) -> dict[str, int]:
        gone = []
        for customer, state in members:
            asked = {"id": shopify.gid(customer), "tags": [intent.arguments["tag"]]}
            try:
                self._admin.run(
                    intent.shop, shopify.mutation(intent.arguments["medium"], state), pace=Pace.EFFECT, **asked
                )
            except Rejected as error:
                if not shopify.is_taken(error, "id"):
                    raise
                gone.append(customer)
        self._forget(intent, gone)
        return {"gone": len(gone)}

    def look_written(self, intent: IntentView) -> Seen:
        named = intent.arguments
        members = self._members(intent)
        there = shopify.as_they_are(self._admin, intent.shop, named["segment"], named["medium"], named["tag"], members)
        return Found() if there else NotThere()

    def start(self, intent: IntentView) -> dict[str, str]:
        named = intent.arguments
        members = self._members(intent)
        lines = shopify.variables(named["segment"], named["medium"], named["tag"], members)
        if not members:
            return {"id": ""}
        try:
            started = bulk.start_mutation(self._admin, intent.shop, named["mutation"], lines, _mark_of(intent))
        except bulk.Busy as error:
            raise NotYet(_BUSY_WAIT, "LIMIT_REACHED") from error
        return {"id": started.id}

    def look_started(self, intent: IntentView) -> Seen:
        since = Instant(intent.created_at - _SKEW)
        found = bulk.find(self._admin, intent.shop, intent.arguments["mutation"], _mark_of(intent), since)
        return Found({"id": found.id}) if found else NotThere()

    def _members(self, intent: IntentView) -> shopify.Members:
        named = intent.arguments
        with self._database.reading() as session:
            return queries.of_batch(session, intent.shop, named["segment"], named["medium"], named["batch"])

    def _forget(self, intent: IntentView, customers: list[int]) -> None:
        if customers:
            with self._database.transaction() as session:
                queries.drop_members(session, intent.shop, customers)


def _names(title: str, segment: str) -> tuple[str, ...]:
    """What Shopify's segment may be called, the best first: each name is there once."""
    return title, f"{title} (Wafa)", f"{title} (Wafa {segment})"


def _mark_of(intent: IntentView) -> str:
    """Letters, digits and _ that no other operation of the shop has."""
    return "".join(f"_{ord(sign):x}_" if sign in "-:" else sign for sign in intent.key)
