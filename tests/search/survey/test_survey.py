"""Surveys: rows that are searched once, searched again where asked, and kept through Ctrl-C."""

import json
import multiprocessing
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from machine.errors import SlotsmithError, UserError
from machine.model import load_machine
from problems.suite.catalogue import CATALOGUE
from search.board.leaderboard import Leaderboard
from search.processes.workers import InProcess
from search.strategy.progress import unwatched
from search.strategy.session import NothingFoundError
from search.survey.survey_row import RowState, SurveyRow, row_from_json
from search.survey.survey_run import Again, Survey, SurveySettings, SurveyTask, survey_tasks
from search.survey.survey_table import SurveyTable, in_order, render_page

SETTINGS = SurveySettings(seconds=4.0, workers=0, inputs=16, seed=0, again=Again.NONE)
ROW = SurveyRow("saxpy", "n=64", "takehome", 14, 14, "engine load", "saxpy-1", 1.5, 20.0, 2, ("0a" * 32, "1b" * 32))


@pytest.fixture
def tasks() -> list[SurveyTask]:
    return survey_tasks(["saxpy"], [load_machine("takehome")])


def survey(folder: Path, settings: SurveySettings = SETTINGS) -> Survey:
    board = Leaderboard(folder / "suite")
    board.ensure_writable()
    return Survey(settings, SurveyTable(folder), board)


def test_tasks_are_problems_by_pattern_at_each_shape_and_machine() -> None:
    machines = [load_machine("takehome"), load_machine("signal")]
    assert len(survey_tasks([], machines)) == 4 * len(CATALOGUE)
    chosen = survey_tasks(["crc*", "saxpy"], machines[:1])
    assert sorted({task.key[0] for task in chosen}) == ["crc_32_bitwise", "crc_32_table", "saxpy"]
    with pytest.raises(UserError, match="no problem of the suite matches 'saxpi': did you mean 'saxpy'"):
        survey_tasks(["saxpi"], machines)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A table with one row, proven."""
    folder = tmp_path_factory.mktemp("survey")
    found = survey(folder)
    (first, _) = survey_tasks(["saxpy"], [load_machine("takehome")])
    row = found.search(first, InProcess(), unwatched())
    assert row.state is RowState.PROVEN, row
    yield folder


def test_a_row_is_proven_and_its_program_on_the_board(searched: Path) -> None:
    (row,) = SurveyTable(searched).read()
    (entry,) = Leaderboard(searched / "suite").best()
    assert (row.key, row.entry) == (("saxpy", "n=64", "takehome"), entry.id)
    assert (row.cycles, row.bound, entry.validation.inputs) == (entry.cycles, entry.bound.cycles, 16)
    page = (searched / "suite.md").read_text(encoding="utf-8")
    assert f"| saxpy | n=64 | takehome | **{row.cycles}** | {row.bound} | 0 |" in page
    assert "1 rows: 1 proven optimal." in page
    assert "| keccak_rounds |" in page


def test_finished_rows_are_skipped_unless_asked(searched: Path, tasks: list[SurveyTask]) -> None:
    assert [survey(searched).is_wanted(task) for task in tasks] == [False, True]
    again = survey(searched, replace(SETTINGS, again=Again.UNPROVEN))
    assert [again.is_wanted(task) for task in tasks] == [False, True]
    again = survey(searched, replace(SETTINGS, again=Again.ALL))
    assert [again.is_wanted(task) for task in tasks] == [True, True]


def test_unproven_rows_go_on_from_their_program(searched: Path, tmp_path: Path, tasks: list[SurveyTask]) -> None:
    table, board = SurveyTable(tmp_path), Leaderboard(searched / "suite")
    (row,) = SurveyTable(searched).read()
    table.write([replace(row, bound=row.bound - 1)])
    assert not Survey(replace(SETTINGS, again=Again.UNPROVEN), table, board).is_wanted(tasks[0])  # it has had its time
    more = replace(SETTINGS, again=Again.UNPROVEN, workers=2)
    assert Survey(more, table, board).is_wanted(tasks[0])  # but not of two workers
    table.write([replace(row, bound=row.bound - 1, limit=SETTINGS.seconds / 2)])
    found = Survey(replace(SETTINGS, again=Again.UNPROVEN), table, board)
    assert found.is_wanted(tasks[0])
    better = found.search(tasks[0], InProcess(), unwatched())
    assert (better.cycles, better.bound, better.entry) == (row.cycles, row.bound, row.entry)
    assert better.seconds >= row.seconds  # of all runs
    assert table.read() == [better]


def test_a_program_whose_graph_is_no_longer_built_is_nothing_to_go_on_from(
    searched: Path, tmp_path: Path, tasks: list[SurveyTask]
) -> None:
    shutil.copytree(searched, tmp_path, dirs_exist_ok=True)
    (entry,) = (tmp_path / "suite" / "entries").glob("saxpy-??????????.json")
    data = json.loads(entry.read_text(encoding="utf-8"))
    data["hashes"]["graph"] = "0" * 64
    entry.write_text(json.dumps(data), encoding="utf-8")
    (row,) = SurveyTable(tmp_path).read()
    SurveyTable(tmp_path).write([replace(row, bound=row.bound - 1, limit=SETTINGS.seconds / 2)])
    again = survey(tmp_path, replace(SETTINGS, again=Again.UNPROVEN)).search(tasks[0], InProcess(), unwatched())
    assert (again.note, again.limit, again.cycles) == ("", SETTINGS.seconds, row.cycles)


def test_rewriting_begins_anew_where_the_program_is_of_a_graph_as_built(tmp_path: Path) -> None:
    """And goes on from a program whose graph is rewritten."""
    task, _ = survey_tasks(["fir"], [load_machine("takehome")])
    settings = replace(SETTINGS, seconds=3.0, again=Again.UNPROVEN)
    as_built = survey(tmp_path, settings).search(task, InProcess(), unwatched())
    board, table = Leaderboard(tmp_path / "suite"), SurveyTable(tmp_path)
    found = []
    for _ in range(2):
        (row,) = table.read()
        table.write([replace(row, bound=row.cycles - 1)])
        found.append(survey(tmp_path, replace(settings, rewrite=True)).search(task, InProcess(), unwatched()))
    entries = [board.find(row.entry) for row in (as_built, *found)]
    assert [entry.rewriting is not None for entry in entries] == [False, True, True]
    assert found[1].cycles <= found[0].cycles < as_built.cycles


def test_rows_of_other_sources_are_searched_anew(searched: Path, tmp_path: Path, tasks: list[SurveyTask]) -> None:
    (row,) = SurveyTable(searched).read()
    SurveyTable(tmp_path).write([replace(row, digests=("0c" * 32, row.digests[1]))])
    assert survey(tmp_path).row(tasks[0]) is None
    assert survey(tmp_path).is_wanted(tasks[0])


def test_a_row_without_a_program_says_why(tmp_path: Path) -> None:
    (task, _) = survey_tasks(["keccak_rounds"], [load_machine("pocket")])
    row = survey(tmp_path, replace(SETTINGS, seconds=1.0)).search(task, InProcess(), unwatched())
    assert (row.state, row.cycles) == (RowState.NONE, None)
    assert "no schedule led to a program" in row.note
    assert row.note in (tmp_path / "suite.md").read_text(encoding="utf-8")


def test_ctrl_c_before_the_first_schedule_is_no_row(
    searched: Path, tasks: list[SurveyTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        raise NothingFoundError("no schedule led to a program", is_interrupted=True)

    monkeypatch.setattr("search.survey.survey_run.search", interrupted)
    with pytest.raises(KeyboardInterrupt):
        survey(searched).search(tasks[1], InProcess(), unwatched())
    assert len(SurveyTable(searched).read()) == 1


def test_ctrl_c_keeps_the_rows_so_far(searched: Path, tasks: list[SurveyTask], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    before = SurveyTable(searched).read()
    monkeypatch.setattr("search.survey.survey_run.search", interrupt)
    with pytest.raises(KeyboardInterrupt):
        survey(searched).search(tasks[1], InProcess(), unwatched())
    assert SurveyTable(searched).read() == before


def test_states_of_rows() -> None:
    assert ROW.state is RowState.PROVEN
    assert replace(ROW, cycles=103, bound=100).state is RowState.NEAR
    assert replace(ROW, cycles=104, bound=100).state is RowState.APART
    assert replace(ROW, cycles=None).state is RowState.NONE


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert row_from_json(json.loads(json.dumps(ROW.to_json()))) == ROW
    for name in ("problem", "cycles", "digests"):
        with pytest.raises(ValueError, match=name):
            row_from_json({key: value for key, value in ROW.to_json().items() if key != name})
    (tmp_path / "suite.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UserError, match=r"suite\.json holds no table of the suite"):
        SurveyTable(tmp_path).read()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"bound": "14"}, "bound must be an integer"),
        ({"bound": True}, "bound must be an integer"),
        ({"bound": -1}, "bound must be an integer from 0"),
        ({"cycles": 1 << 50}, "cycles must be an integer from 0"),
        ({"cycles": 14.0}, "cycles must be an integer"),
        ({"seconds": 1e13}, "seconds must be a number from 0 to 1e\\+12"),
        ({"limit": -1}, "limit must be a number from 0"),
        ({"workers": 1.5}, "workers must be an integer"),
        ({"argument": "a\x1b[2J"}, "argument must be a printable text"),
        ({"shape": None}, "shape must be a printable text"),
        ({"digests": ["0a" * 32]}, "digests must be a list of 2"),
        ({"digests": ["0a" * 32, "m"]}, r"digests\[1\] must be a printable text"),
        ({"state": "fine"}, "state must be one of proven optimal"),
        ({"more": 1}, "more must be left out"),
    ],
)
def test_a_row_of_wrong_values_is_the_users_error(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    rows = [ROW.to_json(), {**ROW.to_json(), **changed}]
    (tmp_path / "suite.json").write_text(json.dumps({"format": 1, "rows": rows}), encoding="utf-8")
    with pytest.raises(UserError, match=rf"suite\.json holds no table of the suite \(rows\[1\]\.{said}"):
        SurveyTable(tmp_path).read()


@pytest.mark.parametrize("data", [{"format": 2, "rows": []}, {"format": 1}, {"format": 1, "rows": 3}, 7])
def test_a_file_that_is_no_table_is_the_users_error(tmp_path: Path, data: object) -> None:
    (tmp_path / "suite.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(UserError, match=r"suite\.json holds no table of the suite"):
        SurveyTable(tmp_path).read()


def test_what_a_search_says_of_its_failure_can_be_read_again(
    tmp_path: Path, tasks: list[SurveyTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object) -> None:
        raise SlotsmithError("no \x1b[2J program\n" + "x" * 10_000)

    monkeypatch.setattr("search.survey.survey_run.search", fails)
    row = survey(tmp_path).search(tasks[0], InProcess(), unwatched())
    assert SurveyTable(tmp_path).read() == [row]
    assert row.note.startswith(r"no \x1b[2J program xxx")


def test_surveys_that_run_at_once_keep_each_others_rows(
    tmp_path: Path, tasks: list[SurveyTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object) -> None:
        raise SlotsmithError("no program")

    monkeypatch.setattr("search.survey.survey_run.search", fails)
    one, other = survey(tmp_path), survey(tmp_path)
    first = one.search(tasks[0], InProcess(), unwatched())
    second = other.search(tasks[1], InProcess(), unwatched())
    assert SurveyTable(tmp_path).read() == [first, second]
    assert other.row(tasks[0]) == first


def test_a_row_waits_until_another_process_has_put_in_its_own(tmp_path: Path) -> None:
    table, context = SurveyTable(tmp_path), multiprocessing.get_context("fork")
    waits = context.Process(target=_put, args=(table, replace(ROW, shape="n=256")))
    with table.alone():
        waits.start()
        waits.join(0.2)
        assert waits.is_alive()
        table.write([ROW])
    waits.join(60)
    assert [row.shape for row in table.read()] == ["n=64", "n=256"]


def _put(table: SurveyTable, row: SurveyRow) -> None:
    with table.alone():
        table.write([*table.read(), row])


def test_a_run_of_less_time_leaves_the_limit_of_the_one_that_had_more(
    searched: Path, tmp_path: Path, tasks: list[SurveyTask]
) -> None:
    (row,) = SurveyTable(searched).read()
    table, board = SurveyTable(tmp_path), Leaderboard(searched / "suite")
    table.write([replace(row, limit=120.0, workers=2)])
    less = Survey(replace(SETTINGS, seconds=2.0, again=Again.ALL), table, board)
    assert less.search(tasks[0], InProcess(), unwatched()).limit == 120.0
    (kept,) = table.read()
    assert (kept.limit, kept.workers) == (120.0, 2)
    table.write([replace(kept, bound=kept.bound - 1)])
    assert not Survey(replace(SETTINGS, seconds=30.0, again=Again.UNPROVEN), table, board).is_wanted(tasks[0])


def test_a_run_that_fails_is_no_run_of_its_limit(
    searched: Path, tmp_path: Path, tasks: list[SurveyTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object) -> None:
        raise UserError("cannot be | rebuilt")

    monkeypatch.setattr("search.survey.survey_run.search", fails)
    row = survey(tmp_path).search(tasks[0], InProcess(), unwatched())
    assert (row.limit, survey(tmp_path).is_wanted(tasks[0])) == (0.0, True)
    table, (known,) = SurveyTable(tmp_path), SurveyTable(searched).read()
    table.write([known])
    again = Survey(replace(SETTINGS, seconds=1000.0, again=Again.ALL), table, Leaderboard(searched / "suite"))
    row = again.search(tasks[0], InProcess(), unwatched())
    assert (row.cycles, row.limit, row.workers) == (known.cycles, known.limit, known.workers)
    assert rf"{row.argument}; the last run failed: cannot be \| rebuilt |" in table.page.read_text(encoding="utf-8")


def test_rows_are_in_the_order_of_the_catalogue() -> None:
    shuffled = (("saxpy", "n=256"), ("gone", "n=64"), ("saxpy", "n=64"), ("dot_product", "n=64"))
    rows = [replace(ROW, problem=problem, shape=shape) for problem, shape in shuffled]
    assert [rows.index(row) for row in in_order(rows)] == [3, 2, 0, 1]
    assert "4 rows: 4 proven optimal." in render_page(rows)
