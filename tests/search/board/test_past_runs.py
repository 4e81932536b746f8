"""What has been run for a task, from entries and a journal that may hold anything."""

from dataclasses import replace
from typing import Any

from search.board.past_runs import Curve, best_so_far, past_runs
from tests.search.problems import SMALL_TREE, entry_of

ENTRY = entry_of(SMALL_TREE)[0]
TASK = dict(zip(("problem", "shape", "category", "machine"), ENTRY.key, strict=True))


def line(**more: Any) -> dict[str, Any]:
    return {"kind": "search", "time": "2026-03-01T00:00:00+00:00", **TASK, "cycles": 70, "entry": "other", **more}


def test_runs_are_in_order_of_time_and_every_entry_is_among_them() -> None:
    records = [line(), line(time="2026-01-01T00:00:00", cycles=90, entry=None, curve=[[0.5, 95], [2, 90]])]
    runs = past_runs([ENTRY, replace(ENTRY, category="else")], records, ENTRY.key)
    assert [run.cycles for run in runs] == [90, ENTRY.cycles, 70]
    assert runs[0].curve == Curve("seconds", ((0.5, 95), (2.0, 90)), 2.0)
    assert (runs[1].entry, runs[1].what) == (ENTRY.id, ENTRY.effort.method)


def test_an_entry_of_the_journal_counts_once() -> None:
    (run,) = past_runs([ENTRY], [line(entry=ENTRY.id, cycles=ENTRY.cycles)], ENTRY.key)
    assert run.what == "search"


def test_sweeps_count_by_study_and_nonsense_is_passed_over() -> None:
    sweep = {"kind": "sweep", "sweep": "night", "time": "2026-03-01T00:00:00+00:00"}
    studies = [{**TASK, "cycles": 60}, {**TASK, "cycles": None}, {**TASK, "shape": "else", "cycles": 1}, 7]
    broken = [{}, line(time="soon"), line(cycles="many"), line(curve=[1]), {**sweep, "studies": 3}, line(time=3)]
    (run,) = past_runs([], [*broken, {**sweep, "studies": studies}], ENTRY.key)
    assert (run.cycles, run.what, run.entry, run.curve) == (60, "sweep night", None, None)


def test_the_curve_of_a_sweep_is_that_of_the_study_and_counts_trials() -> None:
    studies = [{**TASK, "cycles": 60, "points": 30, "curve": [[1, 80], [12, 60]]}, {**TASK, "cycles": 70}]
    sweep = {"kind": "sweep", "sweep": "night", "time": "2026-03-01T00:00:00+00:00", "seconds": 9, "studies": studies}
    found, other = past_runs([], [sweep], ENTRY.key)
    assert found.curve == Curve("trials", ((1, 80), (12, 60)), 30)
    assert other.curve is None


def test_the_best_so_far_are_those_that_were_better_than_all_before() -> None:
    times = [f"2026-01-0{day}T00:00:00+00:00" for day in range(1, 6)]
    records = [line(time=time, cycles=cycles) for time, cycles in zip(times, (9, 9, 7, 8, 5), strict=True)]
    assert [run.cycles for run in best_so_far(past_runs([], records, ENTRY.key))] == [9, 7, 5]
