"""A shop whose segment is what a test says, beside the development store's word for what stands in Shopify."""

from collections import Counter
from typing import Any

from sqlalchemy import func, select

from shopify_app.clock import Instant
from shopify_app.customers.model import Customer
from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import among
from shopify_app.jobs.write_segments import WRITE_SEGMENTS, WriteSegments
from shopify_app.segments.outward import asking, queries
from shopify_app.segments.outward.model import MARK, TAG, SegmentMember
from shopify_app.shops.queries import find_shop
from shopify_app.tasks import queries as tasks
from shopify_app.tasks.step import run_step
from shopify_app.tasks.view import TaskView
from tests.world import World

SCOPE = "write_customers"
KEY = "late"


class OutwardShop:
    """Customers that the app knows, `members` of whom are in the segment, and the task stepped by hand."""

    def __init__(self, world: World, people: int, *, granted: bool = True, name: str = "alice") -> None:
        self.world, self.database, self.clock = world, world.wafa.database, world.clock
        self.far = world.store.add_shop(f"{name}.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
        world.install(self.far)
        world.work()
        self.people = [self.far.create_customer(f"C{number}").id for number in range(people)]
        world.work()
        if granted:
            self.far.set_scopes([*world.store.scopes, SCOPE])
            world.work()
        with self.database.reading() as session:
            self.shop = ShopId(find_shop(session, self.far.domain).id)
        self.members: set[int] | None = set()
        self.writes: Counter[str] = Counter()
        step = WriteSegments(self.database, world.wafa.admin, self.clock, self.members_of).step
        self.steps = {WRITE_SEGMENTS: step}
        self._count_writes()

    def members_of(self, session: Session, shop: ShopId, _segment: str, _now: Instant) -> queries.Members | None:
        if self.members is None:
            return None
        return select(Customer.customer_id).where(
            Customer.shop_id == shop, among(session, Customer.customer_id, self.members)
        )

    def _count_writes(self) -> None:
        desk, book = self.far.outward, self.far.outward.metafields
        write, tag, untag = book.write, desk.tag, desk.untag

        def counted(name: str, call: Any) -> Any:
            def calling(*given: Any) -> Any:
                self.writes[name] += 1
                self.writes["values"] += len(given[0]) if name == "set" else 0
                return call(*given)

            return calling

        book.write, desk.tag, desk.untag = counted("set", write), counted("tag", tag), counted("untag", untag)

    # What is asked

    def plan(self, tag: str | None = None) -> asking.Plan:
        with self.database.reading() as session:
            return asking.plan(session, self.shop, KEY, self.members_of(session, self.shop, KEY, self.clock()), tag)

    def ask(self, title: str = "Late customers", **more: Any) -> str:
        with self.database.transaction() as session:
            return asking.ask(session, self.shop, KEY, title, "7", self.clock(), **more)

    def take_out(self, **more: Any) -> str | None:
        with self.database.transaction() as session:
            return asking.take_out(session, self.shop, KEY, "7", self.clock(), **more)

    def keep_in_step(self) -> str | None:
        with self.database.transaction() as session:
            return asking.keep_in_step(session, self.shop, "system:nightly", self.clock())

    def step(self, task: str) -> bool:
        return run_step(self.database, self.steps, self.shop, task, "w", self.clock())

    def finish(self, task: str | None, state: str = "done") -> TaskView:
        assert task is not None
        for _ in range(400):
            view = self.view(task)
            if not view.active:
                assert view.state == state, view
                return view
            self.clock.forward(10)
            self.step(task)
        raise AssertionError(f"it never ends: {self.view(task)}")

    def view(self, task: str) -> TaskView:
        with self.database.reading() as session:
            found = tasks.get(session, self.shop, task)
        assert found is not None
        return found

    # What stands where

    def standing(self) -> asking.Standing:
        with self.database.reading() as session:
            found = asking.standing(session, self.shop, KEY)
        assert found is not None
        return found

    def rows(self, medium: int = MARK) -> dict[int, str]:
        with self.database.reading() as session:
            mine = select(SegmentMember.customer_id, SegmentMember.state).where(
                SegmentMember.shop_id == self.shop, SegmentMember.medium == medium
            )
            return {row.customer_id: row.state for row in session.execute(mine)}

    def open_rows(self) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).where(SegmentMember.state != "in")) or 0

    def marked(self) -> set[int]:
        """On whom the mark stands in Shopify."""
        values = {one.id: [held.value for held in one.metafields.values()] for one in self.far.customers.values()}
        return {customer for customer, held in values.items() if held == ["true"]}

    def tagged(self, tag: str = "late") -> set[int]:
        return {one.id for one in self.far.customers.values() if tag in one.tags}

    def in_segment(self, name: str = "Late customers") -> set[int] | None:
        """The members of Shopify's segment of that name; None where there is none, an error where there are two."""
        from devstore.segments import members_test

        found = [one for one in self.far.outward.segments.all.values() if one.name == name]
        assert len(found) <= 1
        if not found:
            return None
        test = members_test(self.far, found[0].query)
        return {one.id for one in self.far.customers.values() if test(one)}

    def is_in_step(self, *, tag: bool = False) -> bool:
        """Whether Shopify, and our rows about it, say what the test said."""
        wanted = self.members or set()
        assert self.marked() == wanted == self.in_segment()
        assert self.rows() == dict.fromkeys(wanted, "in")
        assert self.tagged() == (wanted if tag else set())
        assert self.rows(TAG) == dict.fromkeys(wanted if tag else (), "in")
        return True
