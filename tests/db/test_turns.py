"""Who writes next."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from shopify_app.db.turns import Line, Turns

ROOT = Path(__file__).parents[2]
ANOTHER = """
import sys, time
from pathlib import Path
from shopify_app.db.turns import Line, Turns
turns, log = Turns(Line(Path(sys.argv[1]))), Path(sys.argv[2])
for number in range(int(sys.argv[3])):
    with turns.turn():
        with log.open("a") as file:
            file.write("in ")
        time.sleep(float(sys.argv[4]))
        with log.open("a") as file:
            file.write("out ")
"""


@pytest.fixture
def turns(tmp_path):
    line = Line(tmp_path / "some.db")
    yield Turns(line)
    line.close()


def another(tmp_path, times, seconds):
    """A process of its own that takes its turn so often, for so long each time."""
    words = [sys.executable, "-c", ANOTHER, tmp_path / "some.db", tmp_path / "log", str(times), str(seconds)]
    return subprocess.Popen([str(word) for word in words], cwd=ROOT)


def logged(tmp_path):
    log = tmp_path / "log"
    return log.read_text().split() if log.exists() else []


def wait_for(tmp_path, entries):
    while len(logged(tmp_path)) < entries:
        time.sleep(0.005)


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


def test_turns_come_in_order_of_arrival(turns):
    order = []
    with turns.turn():
        threads = queue_up(turns, "abcdef", order)
    for thread in threads:
        thread.join()
    assert order == list("abcdef")


def test_the_door_passes_everyone_else(turns):
    order = []
    with turns.turn():
        threads = queue_up(turns, "abcDE", order, first="DE")
    for thread in threads:
        thread.join()
    assert order == list("DEabc")


def test_a_failing_block_gives_its_turn_back(turns):
    with pytest.raises(ValueError, match="broken"), turns.turn():
        raise ValueError("broken")
    with turns.turn():
        assert turns.waiting() == 0


def test_never_two_at_once(turns):
    inside, worst = [], []

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


def test_never_two_processes_at_once(tmp_path):
    others = [another(tmp_path, 100, 0.0005) for _ in range(3)]
    assert [other.wait(60) for other in others] == [0, 0, 0]
    assert logged(tmp_path) == ["in", "out"] * 300


def test_one_who_has_just_written_finds_the_other_process_before_it(tmp_path, turns):
    """Without a line, who leaves and comes again at once would be first again and again."""
    other = another(tmp_path, 60, 0.05)
    wait_for(tmp_path, 1)
    for _ in range(5):
        before = len(logged(tmp_path))
        with turns.turn():
            assert len(logged(tmp_path)) - before <= 4
        time.sleep(0.01)
    other.kill()
    other.wait()


def test_a_killed_process_leaves_the_line(tmp_path, turns):
    other = another(tmp_path, 1, 60)
    wait_for(tmp_path, 1)
    other.kill()
    other.wait()
    with turns.turn():
        assert logged(tmp_path) == ["in"]


def test_who_writes_hears_of_those_who_wait(tmp_path, turns):
    with turns.turn():
        assert not turns.awaited()
        thread = threading.Thread(target=take, args=(turns, "a", [], False))
        thread.start()
        while not turns.waiting():
            time.sleep(0.001)
        assert turns.awaited()
    thread.join()
    with turns.turn():
        other = another(tmp_path, 1, 0)
        while not turns.awaited():
            time.sleep(0.005)
    assert other.wait(60) == 0


def test_its_files_are_as_open_to_others_as_the_database(tmp_path):
    database = tmp_path / "some.db"
    database.touch()
    database.chmod(0o640)
    line = Line(database)
    line.take()
    line.leave()
    line.close()
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.glob("some.db.*")} == {"0o640"}
