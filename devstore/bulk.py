"""Bulk operations: accepted or refused by Shopify's rules, worked through over time, read as JSON lines."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from devstore.approval import hides
from devstore.pages import Page
from devstore.sources import Ask

if TYPE_CHECKING:
    from devstore.bulk_mutations import MutationPlan
    from devstore.bulk_plan import Plan
    from devstore.shop import Shop

CONCURRENT = 5
URL_LIFE = timedelta(days=7)
_CHUNK = 100
_HALF = 0.5
_OPEN = frozenset({"CREATED", "RUNNING"})


@dataclass(slots=True)
class BulkOperation:
    """One bulk query or mutation; ``roots`` and ``objects`` count the lines written so far."""

    id: int
    query: str
    created_at: datetime
    token: str
    items: list[Any] = field(default_factory=list)
    plan: "Plan | MutationPlan | None" = None
    kind: str = "QUERY"
    status: str = "CREATED"
    error_code: str | None = None
    completed_at: datetime | None = None
    roots: int = 0
    objects: int = 0
    size: int = 0
    fate: tuple[str, str] | None = None
    """The status and error code with which it will end half-way, by a fault."""
    parts: list[bytes] = field(default_factory=list)

    @property
    def gid(self) -> str:
        """The global id."""
        return f"gid://shopify/BulkOperation/{self.id}"

    def url(self, public_url: str) -> str | None:
        """Where the lines can be read once it is done; None before, and when there are none."""
        if self.status != "COMPLETED" or not self.objects:
            return None
        return f"{public_url}/bulk/{self.token}.jsonl"

    def advance(self, roots: int, ask: Ask) -> None:
        """Write lines until so many roots are done: parents first, their children after all of them."""
        while self.plan and self.roots < min(roots, len(self.items)):
            chunk = self.items[self.roots : min(roots, self.roots + _CHUNK)]
            lines = self.plan.lines(chunk, ask)
            self.roots += len(chunk)
            self.objects += len(lines)
            part = "".join(f"{line}\n" for line in lines).encode()
            self.size += len(part)
            self.parts.append(part)

    def finish(self, status: str, now: datetime, error_code: str | None = None) -> None:
        """Close the operation and let go of what it worked on."""
        self.status, self.completed_at, self.error_code = status, now, error_code
        self.items, self.plan = [], None


class BulkOperations:
    """The bulk operations of the app in one shop."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._all: dict[int, BulkOperation] = {}

    def run(self, ask: Ask, query: str, planned: "Plan | str") -> dict[str, Any]:
        """Start a planned bulk query: the payload of the mutation.

        ``planned`` is a plan, or the sentence why there is none, which then comes back as a userError.
        """
        if self._running(ask.now, "QUERY") >= CONCURRENT:
            message = f"At most {CONCURRENT} bulk query operations can run at a time for this app and shop"
            return _refusal(message, "LIMIT_REACHED")
        if isinstance(planned, str):
            return _refusal(planned, "INVALID")
        number, token = self._shop.store.new_id("bulk"), secrets.token_urlsafe(24)
        operation = BulkOperation(number, query, ask.now, token, plan=planned)
        operation.fate = self._fate()
        self._all[number] = operation
        granted = all(ask.installation.allows(scope) for scope in planned.scopes)
        if granted and not hides(self._shop.protected, planned.kinds):
            operation.items = self._found(ask, planned)
        else:
            operation.finish("FAILED", ask.now, "ACCESS_DENIED")
        return {"bulkOperation": operation, "userErrors": []}

    def run_mutation(self, ask: Ask, mutation: str, plan: "MutationPlan", items: list[Any]) -> dict[str, Any]:
        """Start a checked bulk mutation over these variables, unless one runs: the payload of the mutation."""
        if self._running(ask.now, "MUTATION"):
            return self.refuse_mutation("A bulk mutation operation is already in progress.", "OPERATION_IN_PROGRESS")
        number, token = self._shop.store.new_id("bulk"), secrets.token_urlsafe(24)
        operation = BulkOperation(number, mutation, ask.now, token, items, plan, "MUTATION")
        operation.fate = self._fate()
        self._all[number] = operation
        if hides(self._shop.protected, plan.kinds):
            operation.finish("FAILED", ask.now, "ACCESS_DENIED")
        return {"bulkOperation": operation, "userErrors": []}

    @staticmethod
    def refuse_mutation(message: str, code: str) -> dict[str, Any]:
        """The payload of a bulk mutation that was not started."""
        return {"bulkOperation": None, "userErrors": [{"field": None, "message": message, "code": code}]}

    def _running(self, now: datetime, kind: str) -> int:
        self.settle(now)
        return sum(one.status in _OPEN and one.kind == kind for one in self._all.values())

    def _found(self, ask: Ask, plan: "Plan") -> list[Any]:
        """What the operation will write: all there is, or what the search finds, each as it stands now."""
        index = self._shop.index
        if not plan.root.arguments.get("query") or not index.serves(plan.name):
            return list(plan.roots(ask))
        seen = plan.roots(replace(ask, shop=index.shop_as_seen(ask.now)))
        return list(index.as_it_is(Page(seen, False, False, len(seen))).nodes)

    def _fate(self) -> tuple[str, str] | None:
        trouble, domain = self._shop.store.trouble, self._shop.domain
        if trouble.strikes(domain, "bulk_failed"):
            return "FAILED", trouble.randomness.choice(("INTERNAL_SERVER_ERROR", "TIMEOUT"))
        return ("EXPIRED", "") if trouble.strikes(domain, "bulk_expired") else None

    def settle(self, now: datetime) -> None:
        """Bring every open operation to where it stands now."""
        for operation in list(self._all.values()):
            if operation.status in _OPEN:
                self._settle(operation, now)

    def _settle(self, operation: BulkOperation, now: datetime) -> None:
        installation = self._shop.installation
        if installation is None or not installation.active:
            operation.finish("FAILED", now, "ACCESS_DENIED")
            return
        seconds = self._shop.store.bulk_seconds
        share = min(1.0, (now - operation.created_at).total_seconds() / seconds) if seconds > 0 else 1.0
        operation.status = "RUNNING"
        if operation.fate and share >= _HALF:
            status, code = operation.fate
            self._end(operation, status, now, code or None)
            return
        operation.advance(int(len(operation.items) * share), Ask(self._shop, installation, now))
        if share >= 1.0:
            self._end(operation, "COMPLETED", now)

    def _end(self, operation: BulkOperation, status: str, now: datetime, error_code: str | None = None) -> None:
        operation.finish(status, now, error_code)
        self._shop.tell(operation, "bulk_operations/finish")

    def cancel(self, ask: Ask, gid: str) -> dict[str, Any]:
        """Stop an operation that still runs: the payload of the mutation."""
        number = str(gid).rpartition("/")[2]
        operation = self.find(int(number), ask.now) if number.isdigit() else None
        if operation is None:
            error = {"field": ["id"], "message": "Bulk operation does not exist"}
            return {"bulkOperation": None, "userErrors": [error]}
        if operation.status not in _OPEN:
            message = f"A bulk operation cannot be canceled when it is {operation.status.lower()}"
            return {"bulkOperation": operation, "userErrors": [{"field": None, "message": message}]}
        self._end(operation, "CANCELED", ask.now)
        return {"bulkOperation": operation, "userErrors": []}

    def find(self, number: int, now: datetime) -> BulkOperation | None:
        """The operation of a number, as it stands now."""
        self.settle(now)
        return self._all.get(number)

    def listed(self, now: datetime) -> list[BulkOperation]:
        """All operations, oldest first, as they stand now."""
        self.settle(now)
        return list(self._all.values())

    def made(self, token: str) -> BulkOperation | None:
        """The operation whose file has this download token."""
        tokens = ((operation, operation.token.encode()) for operation in self._all.values())
        return next((operation for operation, own in tokens if secrets.compare_digest(own, token.encode())), None)

    def lines(self, token: str, now: datetime) -> Iterator[bytes] | None:
        """The JSON lines behind a download token, or None for a token nobody was given or that ran out."""
        operation = self.made(token)
        if operation is None or operation.status != "COMPLETED" or operation.completed_at is None:
            return None
        return iter(operation.parts) if now < operation.completed_at + URL_LIFE else None


def _refusal(message: str, code: str) -> dict[str, Any]:
    error = {"field": ["query"], "message": message, "code": code}
    return {"bulkOperation": None, "userErrors": [error]}
