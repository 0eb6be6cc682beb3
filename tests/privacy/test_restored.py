"""After a backup was put back: nobody who was forgotten since is in what has been handled."""

from sqlalchemy import select

from tests.db.test_backup import opened, run, take
from tests.privacy.decoding import Opened, names
from tests.privacy.life import Life
from webhooks.inbox import HANDLED, Delivery


def test_who_is_named_by_address_alone_is_not_brought_back(small_world, config, clock, tmp_path):
    life = Life(small_world)
    world, safe = small_world, tmp_path / "safe"
    life.send("draft_orders/create", {"id": 1, "email": "noura.otaibi@example.com", "note": "for Noura"}, "draft")
    world.work()
    run(world.app, "backup", safe)
    life.shop.redact_customer(life.noura)
    for _ in range(12):
        world.work()
        clock.forward(3600)
    assert life.found(life.gone) == []
    run(world.app, "write-keys", safe / "keys.json")
    database = take(safe, tmp_path / "back.db")
    wafa, app = opened(config, database, clock, world, tmp_path)
    assert "deliveries were emptied" in run(app, "restore-keys", safe / "keys.json")
    with database.reading() as session:
        handled = session.scalars(select(Delivery.body).where(Delivery.state == HANDLED)).all()
    assert set(handled) == {b""}
    assert "0 handled deliveries were emptied" in run(app, "restore-keys", safe / "keys.json")
    world.wafa, world.app = wafa, app
    for _ in range(12):
        world.work()
        clock.forward(3600)
    everything = Opened(database, wafa.keys).everything()
    assert sorted({where for where, value in everything if names(value, life.gone)}) == []
    database.close()
