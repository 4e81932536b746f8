"""``slotsmith solve`` and ``bound``."""

import time
from pathlib import Path
from typing import Any

import pytest

from machine.certificates.certificate import Refutation
from search.board.entry import build_again
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.bounds.multiplier_bound import multiplier_bound
from search.files import journal_file
from search.strategy.stage import StageEnd
from search.strategy.stages.exact_stage import ExactStage
from search.strategy.stages.list_stage import ListStage
from tests.search.cli.conftest import ENTRY, SHAPE, Command
from tests.search.problems import task_name

SOLVE = ("solve", "tree_hash", "--shape", SHAPE, "--time-limit", "10", "--workers", "1", "--inputs", "8")


def test_solve_proves_a_small_graph_and_keeps_the_entry(command: Command) -> None:
    ran = command(*SOLVE)
    assert ran.code == 0
    title, *lines = ran.out.splitlines()
    assert title == f"tree_hash {SHAPE} values on takehome"
    assert lines[0].startswith("  status     optimal: ")
    assert lines[-1].endswith("new best on the leaderboard")
    (entry,) = Leaderboard(Path("results")).entries()
    assert entry.effort.method == "list"  # whose best meets the bound, so that there is nothing left to solve
    assert entry.cycles == entry.bound.cycles
    assert command("reproduce", ENTRY).code == 0


def test_solve_as_json(command: Command) -> None:
    found = command("solve", "dot_product", "--time-limit", "10", "--inputs", "8", "--json").json
    assert found["status"] == "optimal"
    assert found["bound"] == found["cycles"] <= found["start_cycles"]
    assert (found["ignored_parameters"], found["refused"]) == ([], "")
    assert found["entry"] == Leaderboard(Path("results")).find("dot_product").id


def test_solve_starts_from_the_boards_schedule_of_the_graph_and_its_journal_says_so(command: Command) -> None:
    first = command(*SOLVE, "--json").json
    again = command(*SOLVE, "--json").json
    assert (again["entry"], again["cycles"], again["start_cycles"]) == (
        first["entry"],
        first["cycles"],
        first["cycles"],
    )
    assert (again["best"], again["status"], again["solver_status"]) == (False, "optimal", None)
    assert "the leaderboard has" in command(*SOLVE).out
    lines = list(journal_file.read(Path("results") / "journal.jsonl"))
    assert [(line["kind"], line["entry"], line["record"]) for line in lines] == [
        ("solve", first["entry"], True),
        ("solve", first["entry"], False),
        ("solve", first["entry"], False),
    ]


def test_solve_tells_the_bound_that_was_known_before_where_it_is_raised(command: Command) -> None:
    first = command(*SOLVE, "--json").json
    assert first["former_bound"] is None
    Leaderboard(Path("results")).replace_bound(first["entry"], Bound(1, "hardly anything"))
    raised = command(*SOLVE, "--json").json
    assert (raised["former_bound"], raised["bound"]) == (1, first["bound"])
    Leaderboard(Path("results")).replace_bound(first["entry"], Bound(1, "hardly anything"))
    assert f"bound raised from 1 to {first['bound']}" in command(*SOLVE).out


def test_solve_says_what_it_starts_from(command: Command) -> None:
    assert "(list scheduling " in command(*SOLVE).out


def test_a_solve_that_ctrl_c_ended_says_so(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ExactStage, "run", interrupt)
    solve = ("solve", "fir", "--inputs", "8")
    assert "  solver     interrupted\n" in command(*solve).out
    found = command(*solve, "--json").json
    assert (found["interrupted"], found["status"], found["solver_status"]) == (True, "feasible", None)


def test_a_solve_without_time_for_the_solver_says_so(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    run_list = ListStage.run

    def slowly(*arguments: Any) -> StageEnd:
        time.sleep(1.0)
        return run_list(*arguments)

    monkeypatch.setattr(ListStage, "run", slowly)
    out = command("solve", "fir", "--time-limit", "1", "--inputs", "8").out
    assert "  status     feasible: " in out
    assert "  solver     not begun: the time was over before; give a longer --time-limit\n" in out


def test_bound_is_of_the_best_entrys_graph_unless_knobs_are_set(command: Command, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    task = ("bound", "tree_hash", "--shape", SHAPE, "--results", results)
    found = command(*task, "--json").json
    assert found["knobs"] == entry.knobs
    assert found["critical_path"] <= found["bound"] <= entry.cycles
    assert f"shorter than {found['bound']} cycles" in command(*task).out
    assert command(*task, "--set", "unroll=2", "--json").json["knobs"]["unroll"] == 2


def test_bound_goes_on_from_the_bound_that_the_best_entry_can_prove(command: Command) -> None:
    task = ("hash_vectors", "--shape", "vectors=16")
    assert command("search", *task, "--schedules", 1, "--workers", 0, "--inputs", 8).code == 0
    board = Leaderboard(Path("results"))
    (entry,) = board.entries()
    prepared = build_again(entry, entry.task())
    known = multiplier_bound(prepared, lower_bound(prepared), lower_bound(prepared).cycles + 1, 20.0)
    assert board.raise_bound(entry, known).bound.cycles == known.cycles == lower_bound(prepared).cycles + 1
    assert command("bound", *task, "--time-limit", 0, "--json").json["bound"] == known.cycles


def test_bound_tells_what_the_leaderboard_knows_of_the_graph_beside_what_it_proves(command: Command) -> None:
    """A solver's word is not taken over, whether the graph is named by the entry or by its knobs."""
    task = ("hash_vectors", "--shape", "vectors=16")
    assert command("search", *task, "--schedules", 1, "--workers", 0, "--inputs", 8).code == 0
    board, bound = Leaderboard(Path("results")), ("bound", *task, "--time-limit", 0)
    (entry,) = board.entries()
    proven = command(*bound, "--json").json["bound"]
    assert proven < entry.cycles
    assert len(command(*bound).out.splitlines()) == 2
    assert command("bound", "hash_vectors", "--shape", "vectors=8", "--json").json["leaderboard"] is None
    board.raise_bound(entry, Bound(proven + 1, "CP-SAT", Refutation("exact", "CP-SAT", proven)))
    for knobs in ((), [word for name, value in entry.knobs.items() for word in ("--set", f"{name}={value}")]):
        found = command(*bound, *knobs, "--json").json
        assert found["bound"] == proven
        told = {"entry": entry.id, "cycles": entry.cycles, "bound": proven + 1, "argument": "CP-SAT"}
        assert found["leaderboard"] == {**told, "level": "solver's word"}
        assert command(*bound, *knobs).out.splitlines()[2:] == [
            f"the leaderboard has {proven + 1} for it, in entry {entry.id}: CP-SAT (solver's word)",
            f"which this command does not take over: `slotsmith bound --check {entry.id}` verifies it",
        ]


def test_bound_is_of_the_best_entrys_graph_for_a_problem_without_shape_parameters(command: Command) -> None:
    name = task_name("Shapeless").problem
    assert command("search", name, "--set", "idle=3", "--schedules", 4, "--workers", 0, "--inputs", 8).code == 0
    assert command("bound", name, "--json").json["knobs"]["idle"] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "unknown problem 'nope'"),
        (["tree_hash", "--shape", "depth=1"], "no shape parameter 'depth'"),
        (["tree_hash", "--set", "nope=1"], "unknown knob 'nope'"),
        (["tree_hash", "--set", "unroll"], "--set takes knob=value"),
        (["tree_hash", "--category", "nope"], "no category 'nope'"),
        (["tree_hash", "--machine", "nope"], "unknown machine 'nope'"),
    ],
)
@pytest.mark.parametrize("verb", ["solve", "bound"])
def test_wrong_input_is_refused_in_one_line(command: Command, verb: str, arguments: list[str], message: str) -> None:
    assert message in command(verb, *arguments).refusal


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--shape", "n=128"], "--shape: not with --check, for an entry: its id, or PROBLEM:shape"),
        (["--set", "unroll=2", "--rewrite"], "--set, --rewrite: not with --check"),
        (["--machine", "pipelined"], "no entry for tree_hash height=2,rounds=2,batch=8 values on pipelined"),
        (["--category", "values+indices"], "no entry for tree_hash height=2,rounds=2,batch=8 values+indices"),
    ],
)
def test_a_check_of_a_bound_is_of_the_entry_that_is_named_or_of_none(
    command: Command, results: Path, arguments: list[str], message: str
) -> None:
    assert message in command("bound", ENTRY, "--check", "--results", results, *arguments).refusal


def test_an_entry_by_its_id_is_for_the_machine_that_is_given(command: Command, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    check = ("bound", entry.id, "--check", "--results", results, "--machine")
    assert f"entry {entry.id} is for takehome, not pipelined" in command(*check, "pipelined").refusal
    assert command(*check, "takehome").code == 0


def test_a_results_folder_that_cannot_be_written_is_noticed_first(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot write the results folder" in command("solve", "fir", "--results", "file").refusal
