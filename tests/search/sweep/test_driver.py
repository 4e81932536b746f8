"""Sweeps write everything down, and put the same on the leaderboard whatever the timing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from search.board.leaderboard import Leaderboard
from search.files import journal_file
from search.sweep.study import StudySpec
from search.sweep.sweep_file import SamplerKind, SweepFile
from search.sweep.trial import TrialRequest, TrialResult
from tests.search.problems import task_name
from tests.search.sweep.fakes import (
    NINE,
    Noting,
    Shuffled,
    answered,
    cycles_of,
    found_of,
    journaled,
    numbers,
    run,
    sweep_of,
    timeless,
    winners,
)

NOT_ADAPTIVE = [SamplerKind.RANDOM, SamplerKind.GRID]


# The same whatever the timing


@pytest.mark.parametrize("halving", [None, NINE], ids=["flat", "halving"])
@pytest.mark.parametrize("kind", NOT_ADAPTIVE)
def test_journal_and_leaderboard_do_not_depend_on_the_order_in_which_trials_end(
    tmp_path: Path, kind: SamplerKind, halving: Any
) -> None:
    sweep = sweep_of(kind, trials=50, halving=halving)
    run(sweep, tmp_path / "plain")
    for seed in range(3):
        run(sweep, tmp_path / str(seed), Shuffled(seed, capacity=1 + 4 * seed))
        assert timeless(tmp_path / str(seed)) == timeless(tmp_path / "plain")
        assert winners(tmp_path / str(seed)) == winners(tmp_path / "plain")
    assert winners(tmp_path / "plain")


def test_an_adaptive_sweep_loses_no_trial_in_any_order(tmp_path: Path) -> None:
    run(sweep_of(SamplerKind.TPE, trials=40), tmp_path, Shuffled(3))
    assert sorted(numbers(tmp_path, "ended")) == list(range(40))


def studies_of_one_task() -> SweepFile:
    """One has six points, the other twelve."""
    task = task_name("Choosy", "words=4,spare=2")
    studies = (StudySpec(task, {}, {"idle": (0, 1)}, False), StudySpec(task, {}, {"idle": (2, 3, 4, 5)}, False))
    return replace(sweep_of(SamplerKind.GRID, trials=None), studies=studies)


def improving(request: TrialRequest) -> TrialResult:
    found = found_of(request, 100 - request.number)
    return replace(answered(request), cycles=100 - request.number, error=None, found=found)


def test_studies_of_one_task_share_its_place_on_the_leaderboard(tmp_path: Path) -> None:
    """What is kept depends on the numbers of the trials of both."""
    run(studies_of_one_task(), tmp_path / "plain", answer=improving)
    assert len(winners(tmp_path / "plain")) == 6 + 12
    for seed in range(3):
        run(studies_of_one_task(), tmp_path / str(seed), Shuffled(seed, capacity=6), answer=improving)
        assert winners(tmp_path / str(seed)) == winners(tmp_path / "plain")


def test_a_study_that_has_come_to_its_end_does_not_hold_up_another_of_its_task(tmp_path: Path) -> None:
    run(studies_of_one_task(), tmp_path, answer=improving)
    before = winners(tmp_path)
    for file in (tmp_path / "entries").iterdir():
        file.unlink()
    run(studies_of_one_task(), tmp_path, answer=improving, resume=True)
    assert winners(tmp_path) == before


def test_the_leaderboard_gets_what_is_shorter_than_all_before_it_with_its_cost(tmp_path: Path) -> None:
    executor = Noting()
    run(sweep_of(studies=1, trials=40, schedules=3), tmp_path, executor)
    least, wanted = 10**9, []
    for request in executor.requests:
        if request.knobs["kind"] != "broken" and cycles_of(request) < least:
            least = cycles_of(request)
            wanted.append((least, 3 * (request.number + 1)))
    entries = Leaderboard(tmp_path).entries()
    assert [(entry.cycles, entry.effort.schedules) for entry in entries] == wanted[::-1]
    assert {(entry.effort.seed, entry.effort.workers) for entry in entries} == {(0, 1)}


def test_workers_are_told_what_there_is_to_beat(tmp_path: Path) -> None:
    executor = Noting()
    run(sweep_of(studies=1, trials=40), tmp_path, executor)
    told = [request.to_beat for request in executor.requests]
    assert told[0] is None
    best = min(entry.cycles for entry in Leaderboard(tmp_path).entries())
    assert told[-1] == best
    known = [cycles for cycles in told if cycles is not None]
    assert known == sorted(known, reverse=True)


def test_what_the_leaderboard_has_already_is_not_replaced(tmp_path: Path) -> None:
    run(sweep_of(trials=24), tmp_path)
    first = winners(tmp_path)
    outcome = run(replace(sweep_of(trials=24), name="again"), tmp_path)
    assert winners(tmp_path) == first
    assert [study.is_record for study in outcome.studies] == [False, False]


# What comes of it


def test_the_outcome_names_the_best_of_each_study(tmp_path: Path) -> None:
    outcome = run(sweep_of(trials=40), tmp_path)
    best = {entry.shape_text: entry for entry in Leaderboard(tmp_path).best()}
    for study in outcome.studies:
        entry = best[study.shape]
        assert (study.cycles, study.entry, study.is_record, study.standing) == (
            entry.cycles,
            entry.id,
            True,
            study.cycles,
        )
        assert (study.trials, study.bound) == (20, entry.bound)
    assert outcome.progress.trials == outcome.progress.now == 40


def test_a_run_is_in_the_journal_of_all_searches_and_counts_on_the_index_page(tmp_path: Path) -> None:
    run(sweep_of(trials=40, schedules=5), tmp_path)
    (record,) = journal_file.read(tmp_path / "journal.jsonl")
    assert (record["kind"], record["sweep"], record["seed"]) == ("sweep", "night", 0)
    assert (record["schedules"], record["points"], record["workers"]) == (200, 40, 1)
    assert set(record["failures"]) == {"GraphError"}
    assert (record["reason"], record["interrupted"]) == ("trials", False)
    best = {entry.shape_text: entry for entry in Leaderboard(tmp_path).best()}
    for study in record["studies"]:
        entry = best[study["shape"]]
        assert (study["cycles"], study["bound"], study["entry"]) == (entry.cycles, entry.bound.cycles, entry.id)
        assert study["curve"][-1][1] == entry.cycles
        assert study["curve"] == sorted(study["curve"], key=lambda step: (step[0], -step[1]))
    Leaderboard(tmp_path).rewrite_pages()
    assert "1 searches, 200 schedules tried" in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_the_first_record_says_which_sweep_it_is_and_the_last_that_it_has_finished(tmp_path: Path) -> None:
    sweep = sweep_of(trials=4)
    run(sweep, tmp_path)
    first, *_, last = journaled(tmp_path)
    assert (first["event"], first["sweep"], first["seed"], first["digest"]) == ("begun", "night", 0, sweep.digest)
    assert first["file"] == sweep.data
    assert {"slotsmith", "python", "numpy"} <= set(first["versions"])
    assert (last["event"], last["reason"]) == ("finished", "trials")
    assert [each["event"] for each in journaled(tmp_path)].count("finished") == 1


def test_trials_that_raise_are_counted_by_name_and_the_sweep_goes_on(tmp_path: Path) -> None:
    def sometimes(request: TrialRequest) -> TrialResult:
        if request.number % 3 == 0:
            raise ZeroDivisionError("by nothing")
        return replace(answered(request), cycles=50, error=None)

    outcome = run(sweep_of(trials=12), tmp_path, answer=sometimes)
    assert outcome.progress.failures == {"ZeroDivisionError": 4}
    raised = [each for each in journaled(tmp_path) if each.get("ending") == "raised"]
    assert [each["error"] for each in raised] == [["ZeroDivisionError", "by nothing"]] * 4
    assert numbers(tmp_path, "ended") == list(range(12))


def test_a_sweep_in_which_everything_fails_ends_without_an_entry(tmp_path: Path) -> None:
    def fail(request: TrialRequest) -> TrialResult:
        return TrialResult(request.number, error=("GraphError", "no"))

    outcome = run(sweep_of(trials=6), tmp_path, answer=fail)
    assert [study.cycles for study in outcome.studies] == [None, None]
    assert Leaderboard(tmp_path).entries() == []


def test_a_program_that_does_not_come_is_asked_for_once_more_and_then_done_without(tmp_path: Path) -> None:
    """A worker that never brings a program keeps nothing off the leaderboard but its own results."""
    times: list[int] = []

    def forget(request: TrialRequest) -> TrialResult:
        times.append(request.number)
        result = answered(request)
        return replace(result, found=None) if request.number == 0 else result

    run(sweep_of(studies=1, trials=20), tmp_path, answer=forget)
    assert times.count(0) == 2
    assert max(map(times.count, range(1, 20))) == 1
    assert sorted(numbers(tmp_path, "ended")) == list(range(20))
    assert Leaderboard(tmp_path).entries()
