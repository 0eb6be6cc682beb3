"""The search of the kept deliveries comes to its end, whatever is in them and however long it takes."""

import pytest
from sqlalchemy import select

from shopify_app.jobs import erase_deliveries
from shopify_app.privacy.model import Erasure
from shopify_app.privacy.redact import ERASE
from shopify_app.privacy.traces import Search
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.model import Task
from shopify_app.tasks.queries import due
from shopify_app.tasks.step import run_step
from tests.privacy.life import DOMAIN, Life
from tests.world import World
from webhooks.inbox import Delivery, Posted


def send(life, topic, body, webhook_id):
    now = life.world.clock()
    with life.world.wafa.database.transaction() as session:
        life.world.wafa.inbox.keep(session, [(Posted(DOMAIN, webhook_id, topic, "", "", now, body), now)])


def hours_later(life):
    for _ in range(6):
        life.world.work()
        life.world.clock.forward(3600)
    life.world.work()


def searches(world):
    with world.wafa.database.reading() as session:
        states = session.scalars(select(Task.state).where(Task.kind == ERASE)).all()
        return set(states), session.scalars(select(Erasure)).all()


@pytest.mark.parametrize(
    "body",
    [
        rb'{"note": "thanks \ud83d\udd25@brand"}',
        rb'{"note": "half of one \ud83d@home"}',
        b'{"id": 1, "deep": ' + b"[" * 100_000 + b"]" * 100_000 + b', "email": "Noura.Otaibi@example.com"}',
    ],
)
def test_no_body_keeps_it_from_its_end(small_world, body):
    life = Life(small_world)
    send(life, "draft_orders/create", body, "odd")
    send(life, "orders/edited", body, "odd too")
    small_world.work()
    life.shop.redact_customer(life.noura)
    hours_later(life)
    assert searches(small_world) == ({"done"}, [])
    assert life.found(life.gone) == []


def test_what_cannot_be_searched_goes(small_world, monkeypatch):
    life = Life(small_world)
    send(life, "draft_orders/create", b'{"note": "nobody knows"}', "odd")
    small_world.work()
    real = Search.finds

    def finds(search, body):
        if b"nobody knows" in body:
            raise ValueError("nobody knows")
        return real(search, body)

    monkeypatch.setattr(Search, "finds", finds)
    life.shop.redact_customer(life.noura)
    hours_later(life)
    assert searches(small_world) == ({"done"}, [])
    with small_world.wafa.database.reading() as session:
        assert session.scalar(select(Delivery.body).where(Delivery.webhook_id == "odd")) == b""


def test_two_servers_do_not_take_a_long_search_from_each_other(
    postgresql, config, clock, tmp_path, monkeypatch, caplog
):
    """Each body takes eleven seconds here, each step is looked for by the other server meanwhile."""
    world = World(config, postgresql, clock, tmp_path)
    life = Life(world)
    for number in range(30):
        send(life, "draft_orders/create", b'{"n": %d}' % number, f"long-{number}")
    world.work()
    life.shop.redact_customer(life.noura)
    world.store.deliver_due()
    world.wafa.drain.sweep()
    with postgresql.reading() as session:
        shop = find_shop(session, DOMAIN).id
    depth = [0]

    def look(server):
        with postgresql.reading() as session:
            ours = {task for (task,) in session.execute(select(Task.id).where(Task.kind == ERASE))}
            ready = [task for _, task in due(session, clock()) if task in ours]
        for task in ready:
            depth[0] += 1
            assert depth[0] < 2, "a living step was taken over"
            run_step(postgresql, world.wafa.steps, shop, task, server, clock())
            depth[0] -= 1

    real = Search.finds

    def finds(search, body):
        clock.forward(11)
        look("other")
        return real(search, body)

    monkeypatch.setattr(Search, "finds", finds)
    for _ in range(400):
        clock.forward(1)
        look("one")
        if searches(world)[1] == [] or life.found(life.gone) == []:
            break
    assert life.found(life.gone) == []
    assert "taken over" not in caplog.text


def test_a_step_ends_soon_and_the_next_goes_on_from_there(small_world, monkeypatch):
    life = Life(small_world)
    for number in range(120):
        send(life, "draft_orders/create", b'{"n": %d}' % number, f"long-{number}")
    small_world.work()
    life.shop.redact_customer(life.noura)
    small_world.store.deliver_due()
    small_world.wafa.drain.sweep()
    real, searched = erase_deliveries.naming, []

    def naming(session, kept, ids, search, each):
        searched.append(list(ids))
        small_world.clock.forward(2)
        return real(session, kept, ids, search, each)

    monkeypatch.setattr(erase_deliveries, "naming", naming)
    pages = []
    for _ in range(10):
        small_world.step_tasks()
        pages.append(len(searched))
    assert set(map(lambda a, b: b - a, pages, pages[1:])) <= {0, 1}
    assert len({one for page in searched for one in page}) == sum(map(len, searched)) > 120
    assert life.found(life.gone) == []
