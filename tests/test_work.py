"""The process that works, and what it must leave to the one that answers."""

import subprocess
from types import SimpleNamespace

from shopify_app import serve, work
from shopify_app.db import lease
from tests.factories import EPOCH, make_shop


def test_at_its_start_it_takes_over_what_workers_held_and_nothing_of_the_webs(sqlite):
    shop = make_shop(sqlite)
    with sqlite.transaction() as session:
        for purpose in (lease.DRAIN, lease.ASK, lease.REFRESH):
            assert lease.claim(session, shop, purpose, "before", EPOCH)
    work._take_over(SimpleNamespace(database=sqlite, clock=lambda: EPOCH))
    with sqlite.transaction() as session:
        free = [purpose for purpose in ("drain", "ask", "refresh") if lease.claim(session, shop, purpose, "now", EPOCH)]
        assert free == ["drain", "ask"]
        # The web process can still prove that it is the one who asks for tokens.
        lease.fence(session, shop, lease.REFRESH, "before", EPOCH)


def test_one_that_cannot_be_started_at_once_is_started_later(monkeypatch):
    """No memory left, or too many processes: the supervisor must not stop to watch."""
    started, real = [], subprocess.Popen

    def start():
        started.append(len(started))
        if len(started) == 2:
            raise BlockingIOError("no more processes")
        return real(["true"] if len(started) == 1 else ["sleep", "60"])

    monkeypatch.setattr(serve, "_start_work", start)
    monkeypatch.setattr(serve, "_WATCH_SECONDS", 0.01)
    with serve._working():
        while len(started) < 3:
            pass
    assert started == [0, 1, 2]
