"""The analysis of a sweep: what its journal says about the best, about failures, and about where it stands."""

from pathlib import Path

import pytest

from machine.errors import UserError
from search.sweep.reporting.analyze import FailureKind, SweepAnalysis, analyze
from search.sweep.reporting.history import read_history
from search.sweep.reporting.tables import facts, failures_table, importance_table, studies_table, value_rows
from search.sweep.reporting.work_time import Pause
from search.sweep.sweep_file import SamplerKind
from search.sweep.sweep_state import replay
from tests.search.sweep.fakes import NINE, journaled, run, sweep_of
from tests.search.sweep.reporting.journals import TITLES, Written, night


def analysis(written: Written, study: int | None = None) -> SweepAnalysis:
    return analyze(read_history(written.records, "folder"), study)


# The best


def test_the_best_so_far_goes_down_with_each_trial_that_is_better() -> None:
    written = Written()
    for trial, cycles in enumerate([50, None, 50, 40, 45, 30, 30, 31]):
        written.ran(trial, cycles)
    study = analysis(written).studies[0]
    assert [(each.trial, each.place, each.after, each.cycles) for each in study.steps] == [
        (0, 0, 1.0, 50),
        (3, 3, 4.0, 40),
        (5, 5, 6.0, 30),
    ]
    assert study.best == study.steps[-1]
    assert (study.since, study.failed, study.gap) == (2, 1, 2.0)


def test_trials_count_in_the_order_in_which_they_ended() -> None:
    written = Written()
    for trial, cycles in [(3, 30), (0, 50), (1, 30), (2, 20)]:
        written.ended(trial, cycles)
    study = analysis(written).studies[0]
    assert [(each.trial, each.place) for each in study.attempts] == [(3, 0), (0, 1), (1, 2), (2, 3)]
    assert [each.trial for each in study.steps] == [3, 2]


def test_each_study_has_a_best_of_its_own() -> None:
    written = Written()
    for trial, cycles in enumerate([50, 20, 40, None, 45, 30]):
        written.ran(trial, cycles, study=trial % 2)
    first, second, third = analysis(written).studies
    assert (first.title, second.title, third.title) == TITLES
    assert (first.best and first.best.trial, first.since) == (2, 1)
    assert (second.best and second.best.trial, second.since) == (1, 2)
    assert (third.best, third.since, third.gap) == (None, None, None)


def test_time_is_of_work() -> None:
    written = Written()
    written.ran(0, 50)
    written.seconds += 7200.0
    written.ran(1, 40)
    found = analysis(written)
    assert found.pauses == (Pause(1.0, 7200.0),)
    assert (found.clock, found.worked, found.work) == (7202.0, 2.0, 2.0)
    assert [each.after for each in found.studies[0].steps] == [1.0, 2.0]


# Where it stands


def test_trials_that_have_not_ended_run_and_those_that_were_skipped_were_never_asked() -> None:
    written = Written()
    for trial in range(4):
        written.asked(trial)
    written.ended(0, 30)
    written.ended(1, ending="crashed", error=("crashed", "killed"))
    written.ended(4, ending="skipped")
    found = analysis(written)
    assert (found.asked, found.ended, found.running, found.skipped) == (4, 2, 2, 1)
    assert found.finished is None


def test_a_sweep_that_has_only_begun_has_its_studies_and_nothing_else() -> None:
    found = analysis(Written())
    assert [study.title for study in found.studies] == list(TITLES)
    assert (found.asked, found.ended, found.failures, found.worked) == (0, 0, (), 0.0)
    assert all(study.importance.reason for study in found.studies)


def test_studies_that_the_file_does_not_tell_of_are_called_by_their_numbers() -> None:
    written = Written(file={})
    written.ran(0, 30, study=1)
    assert [(study.number, study.title) for study in analysis(written).studies] == [(1, "study 1")]


def test_one_study_alone_has_its_own_trials_failures_and_work_but_the_time_of_all() -> None:
    written = Written()
    for trial in range(10):
        written.ran(trial, None if trial == 3 else 30 + trial, study=trial % 2)
    found = analysis(written, 1)
    assert [study.number for study in found.studies] == [1]
    assert (found.ended, found.work, found.worked, len(found.failures)) == (5, 5.0, 10.0, 1)
    assert analysis(written, 0).failures == ()
    assert analysis(written).studies[1] == found.studies[0]


def test_a_study_that_there_is_not_is_refused() -> None:
    with pytest.raises(UserError, match="there is no study 7: studies are 0, 1, 2"):
        analysis(Written(), 7)


# What matters


def test_importance_rests_on_fresh_trials_that_led_to_programs() -> None:
    """Trials of a higher rung, all good, all have one value: that is not why they are good."""
    written, count = Written(), 60
    for trial in range(count):
        promoted = trial % 3 == 2
        kind, number = ("a" if promoted else "ab"[trial % 2]), trial * 7 % 20
        cycles = 10 if promoted else None if trial % 10 == 0 else 100 + number
        written.ran(trial, cycles, rung=int(promoted), kind=kind, number=number)
    study = analysis(written).studies[0]
    fresh = [each for each in study.attempts if each.rung == 0]
    assert study.importance.trials == sum(each.cycles is not None for each in fresh) < len(fresh)
    assert study.importance.weights[0].dimension == "number"
    tables = {table.dimension: table for table in study.values}
    assert sum(row.trials for row in tables["kind"].rows) == len(fresh)
    assert min(row.best for table in study.values for row in table.rows if row.best) > 100
    assert study.best is not None
    assert study.best.rung == 1


def test_a_trial_whose_asking_is_lost_counts_for_the_best_alone() -> None:
    written = Written()
    for trial in range(12):
        written.ran(trial, 30 + trial, n=trial)
    written.records = [each for each in written.records if (each["event"], each.get("trial")) != ("asked", 0)]
    study = analysis(written).studies[0]
    assert study.best is not None
    assert (study.best.trial, study.asked, study.importance.trials) == (0, 12, 11)


# What went wrong


def test_failures_are_counted_by_ending_and_error_the_most_frequent_first() -> None:
    written = Written()
    ends = [
        ("returned", "GraphError", "no graph"),
        ("returned", "GraphError", "no graph either"),
        ("raised", "GraphError", "a bug"),
        ("timed out", "timed out", "killed after 300 s"),
        ("timed out", "timed out", "killed after 301 s"),
        ("timed out", "timed out", "killed after 302 s"),
    ]
    for trial, (ending, error, message) in enumerate(ends):
        written.ended(trial, ending=ending, error=(error, message))
    written.ended(6, 30)
    written.ended(7, ending="skipped")
    written.ended(8, ending="crashed")
    assert analysis(written).failures == (
        FailureKind("timed out", "timed out", 3, 3, "killed after 300 s"),
        FailureKind("returned", "GraphError", 2, 0, "no graph"),
        FailureKind("crashed", "crashed", 1, 8, ""),
        FailureKind("raised", "GraphError", 1, 2, "a bug"),
    )
    assert [kind.name for kind in analysis(written).failures] == [
        "timed out",
        "GraphError",
        "crashed",
        "raised: GraphError",
    ]


def test_schedules_that_led_to_nothing_are_counted_by_error() -> None:
    written = Written()
    written.ended(0, 30, lost={"AllocationError": 1, "GraphError": 2})
    written.ended(1, 30, lost={"AllocationError": 3})
    found = analysis(written)
    assert (found.schedules, found.lost) == (8, {"AllocationError": 4, "GraphError": 2})


# Real sweeps, and words


def test_it_agrees_with_the_sweep_that_wrote_the_journal(tmp_path: Path) -> None:
    run(sweep_of(SamplerKind.RANDOM, trials=80, halving=NINE), tmp_path)
    records = journaled(tmp_path)
    state, found = replay(records, 2), analyze(read_history(records, "night"))
    assert (found.name, found.finished, found.damaged) == ("night", "trials", 0)
    assert found.ended + found.skipped == state.tally.trials == 80
    assert found.schedules == state.tally.schedules
    assert {kind.error: kind.trials for kind in found.failures} == dict(state.tally.failures)
    for study, stood in zip(found.studies, state.studies, strict=True):
        assert stood.best is not None
        assert study.best is not None
        assert (study.best.cycles, study.best.bound) == (stood.best.cycles, 20)
        assert {each.rung for each in study.attempts} == {0, 1, 2}
        assert set(study.importance.weights) != set()


def test_what_is_said_of_a_sweep_as_a_whole() -> None:
    written = Written()
    written.ran(0, 50)
    written.ran(1, None)
    written.seconds += 3600.0
    written.ran(2, 40)
    written.asked(3)
    written.records.append({"format": 1, "event": "ended", "trial": "?"})
    assert dict(facts(analysis(written))) == {
        "trials": "3 ended of 4 asked, 1 still running, 0 skipped, 1 failed",
        "state": "running, or interrupted; last record 2026-01-02 23:00:03 UTC",
        "work": "0.00 hours in trials, 12 list schedules",
        "time": "0:00:03 at work, 1:00:03 by the clock (1:00:00 in 1 pause)",
        "damaged": "1 records passed over",
    }
    written.finished("hours")
    said = dict(facts(analysis(written)))
    assert said["trials"] == "3 ended of 4 asked, 1 left unfinished, 0 skipped, 1 failed"
    assert said["state"].startswith("finished, by hours; ")


def test_tables_have_a_cell_for_each_column() -> None:
    found = analysis(night(120))
    tables = [studies_table(found), failures_table(found)]
    for study in found.studies:
        tables += [importance_table(study), *(value_rows(study, table) for table in study.values)]
    assert len(tables) == 2 + 3 * 4
    for table in tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_a_row_tells_when_the_best_was_found_and_how_much_has_been_tried_since() -> None:
    written = Written()
    for trial, cycles in enumerate([50, None, 40, 45]):
        written.ran(trial, cycles)
    first, second, _ = studies_table(analysis(written)).rows
    assert first == ("0", TITLES[0], "4", "1", "40", "10", "300.0%", "2", "0:00:03", "1")
    assert second == ("1", TITLES[1], "0", "0", "-", "-", "-", "-", "-", "-")


def test_messages_are_one_line_that_moves_no_cursor() -> None:
    written = Written()
    written.ended(0, ending="raised", error=("ValueError", "two\nlines\x1b[2J"))
    assert failures_table(analysis(written)).rows[0][2] == "two lines [2J"
