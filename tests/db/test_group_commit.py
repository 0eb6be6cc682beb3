"""One commit for all who wait, and nobody told of a commit that did not happen."""

import threading

import pytest

from shopify_app.db.group_commit import MOST, GroupCommit, WriterStopped


class Disk:
    """Remembers batches; holds the first until it is let go, so that others queue up behind it."""

    def __init__(self, bad=()):
        self.batches, self.bad = [], set(bad)
        self.entered, self.go = threading.Event(), threading.Event()

    def write(self, items):
        self.entered.set()
        assert self.go.wait(10)
        if self.bad & set(items):
            raise ValueError("bad item")
        self.batches.append(list(items))
        return [item * 2 for item in items]


def submit_all(disk, items):
    group, results = GroupCommit(disk.write), {}

    def one(item):
        try:
            results[item] = group.submit(item)
        except ValueError as error:
            results[item] = error
        except WriterStopped:
            results[item] = "stopped"
        except SystemExit:
            results[item] = "ended"

    first = threading.Thread(target=one, args=(items[0],))
    first.start()
    disk.entered.wait(10)
    rest = [threading.Thread(target=one, args=(item,)) for item in items[1:]]
    for thread in rest:
        thread.start()
    while len(group._queue) < len(rest):
        pass
    disk.go.set()
    for thread in [first, *rest]:
        thread.join()
    return results


def test_those_who_wait_share_one_commit():
    disk = Disk()
    results = submit_all(disk, list(range(20)))
    assert results == {item: item * 2 for item in range(20)}
    assert [len(batch) for batch in disk.batches] == [1, 19]


def test_a_batch_has_a_limit():
    disk = Disk()
    count = MOST * 2 + 5
    results = submit_all(disk, list(range(count)))
    assert len(results) == count
    assert max(len(batch) for batch in disk.batches) == MOST


def test_a_bad_item_fails_alone():
    disk = Disk(bad={7})
    results = submit_all(disk, list(range(20)))
    assert isinstance(results.pop(7), ValueError)
    assert results == {item: item * 2 for item in range(20) if item != 7}


def test_the_error_of_a_single_item_is_its_own():
    disk = Disk(bad={1})
    disk.go.set()
    with pytest.raises(ValueError, match="bad item"):
        GroupCommit(disk.write).submit(1)


class StoppingDisk(Disk):
    """Ends the thread that writes, where it writes for others too."""

    def write(self, items):
        if super().write(items) and len(items) > 1:
            raise SystemExit
        return [item * 2 for item in items]


def test_nobody_waits_for_a_writer_that_was_stopped():
    results = submit_all(StoppingDisk(), [0, 1, 2, 3])
    assert sorted(map(str, results.values())) == ["0", "ended", "stopped", "stopped"]
