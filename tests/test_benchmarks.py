"""Every benchmark runs, at sizes that prove nothing, and says what it found in lines of name, value and unit."""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import oracles, peer
from benchmarks.measuring import Duel, Spent, percentile
from benchmarks.parts import add_parts
from shopify_app.segments.rules.fields import FIELDS

ROOT = Path(__file__).parents[1]
LONG_ONLY = pytest.mark.skipif(os.environ.get("HYPOTHESIS_PROFILE") != "long", reason="takes minutes: make test-long")
LINE = re.compile(r"[a-z0-9_.]+ \S+ \S.*")
SQLITE = ("--databases", "sqlite")


def figures(program: str, *words: object) -> dict[str, str]:
    """What it prints; a broken promise is no failure at these sizes, anything else is."""
    command = [sys.executable, "-m", f"benchmarks.{program}", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120)
    assert "Traceback" not in ended.stderr, ended.stderr
    lines = ended.stdout.splitlines()
    assert not [line for line in lines if not LINE.fullmatch(line)]
    found = {line.split()[0]: line.split()[1] for line in lines}
    assert len(found) == len(lines), "a figure is said twice"
    assert ended.returncode == ("BROKEN" in found.values())
    return found


@LONG_ONLY
def test_the_drain_is_compared_with_a_bare_loop_and_meets_a_storm_and_a_queue():
    sizes = ("--deliveries", 40, "--rounds", 1, "--storm", 400, "--storm-orders", 100, "--queue", 20, "--probes", 1)
    found = figures("drain", *SQLITE, *sizes, "--between", 0)
    assert float(found["drain.sqlite.speed_to_by_hand"]) > 0
    assert float(found["drain.sqlite.rows.orders"]) > 20
    assert found["drain.storm.sqlite.deliveries"] == "400"
    assert float(found["drain.storm.sqlite.order_rows_written"]) <= 100
    assert found["drain.storm.sqlite.coalesced.promise"] == "kept"
    assert float(found["drain.fairness.sqlite.longest_delay"]) > 0


@LONG_ONLY
def test_an_import_is_compared_with_a_bare_one_of_the_same_rows():
    found = figures("import_million", *SQLITE, "--orders", 60, "--rounds", 1, "--rate", 20)
    assert found["import.sqlite.rows.orders"] == "60"
    assert found["import.door.import_state"] == "done"
    assert found["import.door.other"] == "0"


@LONG_ONLY
def test_points_are_drained_looked_up_and_proven():
    sizes = ("--deliveries", 40, "--rounds", 1, "--small", 60, "--large", 300)
    found = figures("points", *SQLITE, *sizes)
    assert float(found["points.drain.sqlite.speed_to_no_programme"]) > 0
    assert float(found["points.sqlite.member.time_to_small_shop"]) > 0
    assert found["points.prove.sqlite.promise"] == "kept"


@LONG_ONLY
def test_the_door_is_measured_while_everything_else_goes_on():
    found = figures("door", "--seconds", 1, "--rate", 20, "--orders", 20)
    assert found["door.non_2xx.promise"] == "kept"
    assert found["door.sent"] == "20"
    assert found["door.page_read.failed"] == found["door.page_write.failed"] == "0"


@LONG_ONLY
@pytest.mark.skipif(bool(peer.missing()), reason=peer.missing())
def test_the_other_way_accepts_the_same_deliveries():
    found = figures("peer", "--rounds", 1, "--seconds", 0.3, "--connections", 4, "--no-install", "--disk-ms", 0)
    assert found["peer.ours.other"] == found["peer.node.other"] == found["peer.door.other"] == "0"
    assert float(found["peer.accepted.node"]) > 0


def spent(wall: float, cpu: float) -> Spent:
    return Spent(100, wall, cpu)


def test_the_processor_decides_where_the_clock_is_unsteady(capsys):
    steady = Duel("steady", "item", "rival", [spent(1, 1)] * 2, [spent(3, 9), spent(3.2, 9)])
    steady.tell(at_least=5)
    unsteady = Duel("unsteady", "item", "rival", [spent(1, 1)] * 2, [spent(3, 9), spent(6, 9)])
    unsteady.tell(at_least=5)
    said = capsys.readouterr().out
    assert "steady.speed_to_rival.promise BROKEN" in said
    assert "unsteady.speed_to_rival.decided_by cpu" in said
    assert "unsteady.speed_to_rival.promise kept" in said


@pytest.mark.parametrize(("words", "found"), [([], ["rate", "storm"]), (["storm"], ["storm"])])
def test_all_parts_are_measured_unless_some_are_named(words, found):
    parser = argparse.ArgumentParser()
    add_parts(parser, {"rate": None, "storm": None})
    assert parser.parse_args(words).parts == found
    assert "[{rate,storm} ...]" in parser.format_help()


def test_a_part_that_there_is_not_is_refused_by_name(capsys):
    parser = argparse.ArgumentParser()
    add_parts(parser, ["rate", "storm"])
    with pytest.raises(SystemExit):
        parser.parse_args(["rain"])
    assert "there is no 'rain', only rate, storm" in capsys.readouterr().err


def test_time_is_bounded_the_other_way_round(capsys):
    slower = Duel("slower", "item", "rival", [spent(4, 4)], [spent(1, 1)])
    slower.tell(at_most=3)
    assert "slower.time_to_rival 4 times" in capsys.readouterr().out


def test_a_percentile_is_a_value_that_was_seen():
    assert percentile(range(1, 101), 0.99) == 100
    assert percentile([], 0.99) == 0


@LONG_ONLY
def test_the_customers_of_a_large_shop_are_compared_with_those_of_a_small_one():
    found = figures("customers", *SQLITE, "--small", 60, "--large", 120, "--rounds", 1)
    assert float(found["customers.sqlite.last_order.time_to_small_shop"]) > 0
    assert float(found["customers.sqlite.story.time_to_small_shop"]) > 0
    assert float(found["customers.sqlite.late.page"]) > 0


@LONG_ONLY
def test_every_condition_of_a_segment_is_counted():
    found = figures("segments", *SQLITE, "--small", 60, "--large", 300, "--rounds", 1)
    fields = {name.split(".")[2] for name in found if name.endswith(".count")}
    assert fields >= FIELDS.keys()
    assert float(found["segments.sqlite.orders.people"]) > 0
    assert float(found["segments.sqlite.list.time_to_small_shop"]) > 0


@LONG_ONLY
def test_the_numbers_of_a_large_shop_are_compared_with_those_of_a_small_one():
    found = figures("numbers", *SQLITE, "--small", 30, "--large", 60, "--rounds", 1)
    assert float(found["numbers.sqlite.time_to_small_shop"]) > 0
    assert float(found["numbers.sqlite.time_to_bare_page"]) > 0


@LONG_ONLY
def test_fitting_a_shop_is_timed_and_compared_where_the_other_package_is():
    found = figures("fit", "--sizes", 300, 3000, "--rounds", 1, "--no-install")
    assert float(found["fit.customers_3000.forecast"]) > 0
    assert found["fit.peak_memory.promise"] == "kept"
    assert ("fit.customers_300.speed_to_lifetimes" in found) == (not oracles.missing())


@LONG_ONLY
def test_a_programme_is_tried_on_many_orders():
    found = figures("simulate", *SQLITE, "--orders", 400)
    assert float(found["simulate.sqlite.orders_400"]) > 0
    assert found["simulate.sqlite.promise"] == found["simulate.sqlite.memory_grown.promise"] == "kept"


@LONG_ONLY
def test_who_comes_back_in_a_large_shop_is_compared_with_a_small_one():
    found = figures("coming_back", *SQLITE, "--small", 60, "--large", 120, "--rounds", 1)
    assert float(found["coming_back.sqlite.months.time_to_small_shop"]) > 0
    assert float(found["coming_back.sqlite.by_product.page"]) > 0
