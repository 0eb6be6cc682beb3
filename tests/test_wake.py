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


def test_where_there_can_be_no_pipe_nobody_is_woken_and_nobody_fails(tmp_path):
    (tmp_path / "file").write_text("no pipe")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        bell = Bell(path)
        bell.ring()
        assert not bell.heard(0.01)
    assert (tmp_path / "file").read_text() == "no pipe"
