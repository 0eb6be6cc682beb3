"""The bell between the web process and the one that works."""

import threading

from shopify_app.wake import Bell


def test_it_is_heard_by_who_listens_later_and_once(tmp_path):
    ringing, listening = Bell(tmp_path / "var" / "bell"), Bell(tmp_path / "var" / "bell")
    ringing.ring("a.myshopify.com")
    ringing.ring("b.myshopify.com")
    assert listening.heard(5)
    assert not listening.heard(0)


def test_it_wakes_at_once(tmp_path):
    ringing, listening = Bell(tmp_path / "bell"), Bell(tmp_path / "bell")
    threading.Timer(0.05, ringing.ring).start()
    assert listening.heard(60)


def test_to_ring_never_waits_where_nobody_listens(tmp_path):
    bell = Bell(tmp_path / "bell")
    for _ in range(100_000):
        bell.ring()
    assert bell.heard(0)
