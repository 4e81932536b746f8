"""Histories: a journal is read whatever state it is in, unless a newer version has written it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machine.errors import UserError
from search.files import journal_file
from search.sweep.reporting.history import History, read_history
from search.sweep.reporting.study_titles import study_titles
from tests.search.sweep.reporting.journals import TITLES, Written, night, save


def history(written: Written) -> History:
    return read_history(written.records, "folder")


def test_it_says_what_was_asked_and_how_it_ended_in_the_order_in_which_it_did() -> None:
    written = Written()
    written.asked(0, knob=3)
    written.asked(1, rung=1)
    written.ended(1, 40)
    written.seconds = 5.0
    written.ended(0, 30)
    found = history(written)
    assert (found.name, found.finished, found.damaged) == ("night", None, 0)
    assert (found.asked[0].point, found.asked[1].rung) == ({"knob": 3}, 1)
    assert [(each.trial.trial, each.trial.cycles) for each in found.ended] == [(1, 40), (0, 30)]
    assert found.ended[1].time - found.ended[0].time == 5.0


def test_a_sweep_that_went_on_after_it_had_finished_has_not_finished() -> None:
    written = Written()
    written.finished("hours")
    assert history(written).finished == "hours"
    written.asked(0)
    assert history(written).finished is None


def test_of_two_ends_of_a_trial_the_first_counts() -> None:
    written = Written()
    written.ended(0, 30)
    written.ended(0, 20)
    assert [each.trial.cycles for each in history(written).ended] == [30]


def test_time_does_not_go_back_where_clocks_differ() -> None:
    written = Written(seconds=100.0)
    written.seconds = 40.0
    written.ended(0, 30)
    written.seconds = 110.0
    written.ended(1, 30)
    first, second, third = history(written).times
    assert (second - first, third - first) == (0.0, 10.0)


@pytest.mark.parametrize(
    "change",
    [
        {"cycles": "many"},
        {"cycles": -1},
        {"cycles": float("nan")},
        {"ending": "exploded"},
        {"seconds": None},
        {"trial": [1]},
        {"study": None},
        {"failures": [1]},
        {"failures": {"GraphError": "x"}},
        {"bound": {"cycles": 3}},
        {"error": ["one"]},
        {"error": 7},
        {"time": "yesterday"},
        {"time": None},
    ],
)
def test_a_record_that_makes_no_sense_is_passed_over_and_counted(change: dict[str, Any]) -> None:
    written = Written()
    written.ended(0, 30)
    written.ended(1, 20)
    written.records[1] |= change
    found = history(written)
    assert [each.trial.trial for each in found.ended] == [1]
    assert found.damaged == 1


def test_fields_and_events_of_later_versions_are_passed_over() -> None:
    written = Written()
    written.ended(0, 30)
    written.records[1] |= {
        "colour": "blue",
        "policy": {"unheard": "of"},
        "bound": {"cycles": 10, "argument": "because", "sure": 1},
    }
    written.records.append({"format": 1, "event": "promoted", "time": "?"})
    found = history(written)
    assert [each.trial.cycles for each in found.ended] == [30]
    assert found.damaged == 0


def test_a_coordinate_is_a_number_or_a_text() -> None:
    written = Written()
    written.asked(0, a=1, b=0.5, c="x", d=[1, 2], e=float("inf"))  # type: ignore[arg-type]
    assert history(written).asked[0].point == {"a": 1, "b": 0.5, "c": "x", "d": "[1, 2]", "e": "inf"}


def test_torn_lines_lose_no_other(tmp_path: Path) -> None:
    records = night(30).records
    path = save(tmp_path, records)
    text = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*text[:5], text[5][:40] + "\n", *text[6:-1], text[-1][:-20]]), encoding="utf-8")
    found = read_history(journal_file.read(path), "folder")
    assert len(found.times) == len(records) - 2


def test_without_the_first_record_the_folder_names_the_sweep() -> None:
    written = Written()
    written.ended(0, 30)
    found = read_history(written.records[1:], "folder")
    assert (found.name, found.file, len(found.ended)) == ("folder", {}, 1)


def test_a_newer_format_is_refused() -> None:
    written = Written()
    written.ended(0, 30)
    written.records[1]["format"] = 2
    with pytest.raises(UserError, match="a record is of format 2: it needs a newer Slotsmith"):
        history(written)


@pytest.mark.parametrize("records", [[], [{"format": 1, "kind": "search", "trials": 7}]])
def test_what_is_no_journal_of_a_sweep_is_refused(records: list[dict[str, Any]]) -> None:
    with pytest.raises(UserError, match="no record of a sweep in it: give the name of a sweep"):
        read_history(records, "folder")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_to_a_field_is_more_than_a_record_passed_over(data: st.DataObject) -> None:
    written = night(4)
    record = data.draw(st.sampled_from(written.records))
    field = data.draw(st.sampled_from([name for name in record if name not in ("format", "event")]))
    record[field] = data.draw(_JSON)
    assert history(written).damaged <= 1


# Titles


def test_studies_are_called_as_the_sweep_called_them() -> None:
    assert study_titles(Written().file) == TITLES


def test_where_a_problem_is_gone_studies_are_called_what_the_file_says() -> None:
    gone = {"problem": "gone.py:Gone", "shapes": ["n=1", "n=2"], "machines": ["wide"]}
    titles = study_titles({"studies": [gone, {"problem": "dot_product"}]})
    assert titles == ("gone.py:Gone n=1 on wide", "gone.py:Gone n=2 on wide", "dot_product")


@pytest.mark.parametrize("file", [{}, {"studies": 3}, {"studies": [7]}, {"studies": [{"shapes": ["n=1"]}]}])
def test_a_file_that_says_nothing_of_studies_gives_no_titles(file: dict[str, Any]) -> None:
    assert study_titles(file) == ()
