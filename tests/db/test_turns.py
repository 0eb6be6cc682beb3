"""Who writes next."""

import threading
import time

import pytest

from shopify_app.db.turns import Turns


def queue_up(turns, names, order, first=()):
    """Start a thread a name, each once the one before it waits in line."""
    threads = []
    for place, name in enumerate(names):
        thread = threading.Thread(target=take, args=(turns, name, order, name in first))
        thread.start()
        threads.append(thread)
        while turns.waiting() <= place:
            time.sleep(0.001)
    return threads


def take(turns, name, order, first):
    with turns.turn(first=first):
        order.append(name)


def test_turns_come_in_order_of_arrival():
    turns, order = Turns(), []
    with turns.turn():
        threads = queue_up(turns, "abcdef", order)
    for thread in threads:
        thread.join()
    assert order == list("abcdef")


def test_the_door_passes_everyone_else():
    turns, order = Turns(), []
    with turns.turn():
        threads = queue_up(turns, "abcDE", order, first="DE")
    for thread in threads:
        thread.join()
    assert order == list("DEabc")


def test_a_failing_block_gives_its_turn_back():
    turns = Turns()
    with pytest.raises(ValueError, match="broken"), turns.turn():
        raise ValueError("broken")
    with turns.turn():
        assert turns.waiting() == 0


def test_never_two_at_once():
    turns, inside, worst = Turns(), [], []

    def work():
        for _ in range(200):
            with turns.turn():
                inside.append(1)
                worst.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(worst) == 1
    assert len(worst) == 1600
