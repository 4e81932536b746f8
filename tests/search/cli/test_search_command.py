"""``slotsmith search``: what it prints, what it keeps, and that wrong input ends it before it begins."""

import gzip
import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from search.board.leaderboard import Leaderboard
from search.cli import search_command
from search.strategy.session import NothingFoundError, Outcome
from search.tasks.task import Task
from tests.search.cli.conftest import ENTRY, SHAPE, SMALL_SEARCH, Command, interrupted, slotsmith, write_json
from tests.search.problems import SMALL_TREE

FAST = ("--schedules", "4", "--workers", "0", "--inputs", "8")
OTHER = "height=1,rounds=2,batch=8"


def test_it_prints_found_bound_validated_and_entry(tmp_path: Path) -> None:
    ran = slotsmith(*SMALL_SEARCH, folder=tmp_path)
    title, *lines = [line for line in ran.out.splitlines() if not line.startswith(" " * 13)]
    assert ran.code == 0
    assert title == f"tree_hash {SHAPE} values on takehome"
    assert [line.split()[0] for line in lines] == ["found", "bound", "knobs", "validated", "entry"]
    assert "on 16 inputs: legality, graph execution, batch simulator, interpreter" in lines[3]
    assert lines[4].endswith("new best on the leaderboard")
    (entry,) = Leaderboard(tmp_path / "results").entries()
    assert f"found      {entry.cycles} cycles" in ran.out
    assert f"bound      {entry.bound.cycles} for this graph" in ran.out
    assert entry.id in lines[4]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_winning_knobs_are_told_and_no_setting_is_broken(
    command: Command, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = command("search", "tree_hash", "--shape", SHAPE, *FAST, "--set", "select.0.1=none").out
    (entry,) = Leaderboard(Path("results")).entries()
    told = " ".join(out.partition("  knobs ")[2].partition("  validated ")[0].split())
    settings = dict(each.split("=") for each in told.split(", ") if "=" in each)
    assert settings["select.0.1"] == "none"
    assert all(str(entry.knobs[name]) == value for name, value in settings.items())
    assert told.endswith(f"{len(entry.knobs) - len(settings)} others at their defaults")
    assert all(len(line) <= width for line in out.partition("  knobs ")[2].partition("  validated ")[0].splitlines())


def test_progress_goes_to_standard_error_in_plain_lines(command: Command) -> None:
    ran = command(*SMALL_SEARCH)
    assert f"tree_hash {SHAPE} values: stage random, best " in ran.err
    assert "\x1b" not in ran.out + ran.err
    assert "best" not in ran.out.replace("new best", "")


def test_every_stage_that_runs_has_a_line_of_progress(command: Command) -> None:
    task = ("search", "tree_hash", "--shape", SMALL_TREE.shape, "--schedules", 64, "--workers", 0, "--inputs", 8)
    ran = command(*task, "--stages", "list:0.1,justification,moves")
    lines = [line.partition(": stage ")[2].partition(",")[0] for line in ran.err.splitlines()]
    assert list(dict.fromkeys(lines)) == ["list", "justification", "moves"]
    assert ": list, then justification, then moves\n" in ran.out


def test_json_is_a_list_with_a_summary_for_each_task_and_nothing_else(command: Command) -> None:
    ran = command(*SMALL_SEARCH, "--json")
    (summary,) = ran.json
    assert ran.err == ""
    assert summary["problem"] == "tree_hash"
    assert summary["shape"] == {"height": 2, "rounds": 2, "batch": 8}
    assert (summary["category"], summary["machine"]) == ("values", "takehome")
    assert summary["bound"] <= summary["cycles"]
    assert (summary["best"], summary["interrupted"], summary["failures"]) == (True, False, {})
    assert summary["validated_inputs"] == 16
    assert 0 < summary["schedules"] <= 32
    assert summary["stages"] == [{"stage": "random", "before": None, "after": summary["cycles"]}]


def test_the_same_seed_and_schedules_give_the_same_program(command: Command) -> None:
    first, second = (command(*SMALL_SEARCH, "--seed", 5, "--json", "--results", folder).json for folder in "ab")
    assert (first[0]["cycles"], first[0]["entry"]) == (second[0]["cycles"], second[0]["entry"])


@pytest.mark.slow
def test_workers_do_not_change_the_result(tmp_path: Path, results: Path) -> None:
    (summary,) = slotsmith(*SMALL_SEARCH, "--json", "--workers", 2, folder=tmp_path).json
    (alone,) = Leaderboard(results).entries()
    assert (summary["cycles"], summary["entry"]) == (alone.cycles, alone.id)


def test_a_second_search_that_is_not_better_is_not_kept(command: Command) -> None:
    command(*SMALL_SEARCH)
    ran = command(*SMALL_SEARCH)
    assert "not better than the leaderboard, not kept" in ran.out
    assert len(Leaderboard(Path("results")).entries()) == 1


def test_knobs_that_are_set_are_the_entrys(command: Command) -> None:
    ran = command("search", "tree_hash", "--shape", SHAPE, *FAST, "--set", "unroll=2", "--set", "select.0.1=none")
    assert ran.code == 0
    (entry,) = Leaderboard(Path("results")).entries()
    assert (entry.knobs["unroll"], entry.knobs["select.0.1"]) == (2, "none")


def test_all_categories_are_searched_one_after_another(command: Command) -> None:
    found = command("search", "tree_hash", "--shape", OTHER, *FAST, "--category", "all", "--json").json
    assert [summary["category"] for summary in found] == ["values", "values+indices"]


def test_a_category_may_be_chosen(command: Command) -> None:
    found = command("search", "tree_hash", "--shape", OTHER, *FAST, "--category", "values+indices", "--json").json
    assert [summary["category"] for summary in found] == ["values+indices"]


def test_several_shapes_may_be_given(command: Command) -> None:
    found = command("search", "tree_hash", "--shape", SHAPE, "--shape", OTHER, *FAST, "--json").json
    assert [summary["shape"]["height"] for summary in found] == [2, 1]


@pytest.fixture
def with_a_shape_that_leads_to_nothing(monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """A search of two shapes, the first of which fails."""
    search = search_command.search

    def search_or_fail(task: Task, *more: Any) -> Outcome:
        if task.shape["height"] == 2:
            raise NothingFoundError("no schedule led to a program: there is a reason", is_interrupted=False)
        return search(task, *more)

    monkeypatch.setattr(search_command, "search", search_or_fail)
    return ("search", "tree_hash", "--shape", SHAPE, "--shape", OTHER, *FAST)


def test_a_shape_that_leads_to_nothing_is_told_and_the_others_are_searched(
    command: Command, with_a_shape_that_leads_to_nothing: tuple[object, ...]
) -> None:
    ran = command(*with_a_shape_that_leads_to_nothing)
    assert ran.code == 2
    assert f"slotsmith: tree_hash {SHAPE} values: no schedule led to a program: there is a reason\n" in ran.err
    assert ran.out.startswith(f"tree_hash {OTHER} values on takehome\n")


def test_a_shape_that_leads_to_nothing_is_in_the_list_of_json(
    command: Command, with_a_shape_that_leads_to_nothing: tuple[object, ...]
) -> None:
    ran = command(*with_a_shape_that_leads_to_nothing, "--json")
    failed, found = json.loads(ran.out)
    assert ran.code == 2
    assert (failed["shape"]["height"], failed["error"]) == (2, "no schedule led to a program: there is a reason")
    assert (found["shape"]["height"], found["best"]) == (1, True)


@pytest.mark.parametrize("name", ["shapes.json", "shapes.json.gz", "shapes.txt"])
def test_shapes_may_come_from_a_file_in_which_doubles_count_once(command: Command, tmp_path: Path, name: str) -> None:
    shapes = [{"height": 2, "rounds": 2, "batch": 8}, {"height": 1, "rounds": 2, "batch": 8, "seed": 123}]
    path, text = tmp_path / name, json.dumps([*shapes, shapes[0]])
    if name == "shapes.txt":
        path.write_text(f"# two shapes\n{SHAPE}\n\n  {OTHER}\n{SHAPE}\n", encoding="utf-8")
    else:
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    found = command("search", "tree_hash", "--shapes-from", path, *FAST, "--json").json
    assert [summary["shape"] for summary in found] == [shapes[0], {"height": 1, "rounds": 2, "batch": 8}]


def test_a_machine_model_of_ones_own_may_be_given(command: Command, tmp_path: Path) -> None:
    model = Path(search_command.__file__).parents[2] / "machine" / "models" / "takehome.toml"
    text = model.read_text(encoding="utf-8").replace('name = "takehome"', 'name = "one valu"')
    (tmp_path / "own.toml").write_text(text.replace("slots = 6", "slots = 1"), encoding="utf-8")
    (found,) = command("search", "tree_hash", "--shape", OTHER, *FAST, "--machine", "own.toml", "--json").json
    assert found["machine"] == "one valu"


@pytest.mark.parametrize(
    ("stages", "names"),
    [
        ("moves", ["list", "moves"]),
        ("random:0.5,justification,cp-sat", ["random", "cp-sat"]),
        ("list:0.5,exact", ["list", "exact"]),
    ],
)
def test_the_user_may_name_the_stages(command: Command, stages: str, names: list[str]) -> None:
    """Justification is left out where the random search, which justifies, has met the bound."""
    task = ("search", "tree_hash", "--shape", OTHER, "--schedules", 40, "--workers", 0, "--inputs", 8, "--json")
    (found,) = command(*task, "--stages", stages).json
    ran = [stage["stage"] for stage in found["stages"]]
    assert [name for name in names if name in ran] == ran[:1] + [name for name in names[1:] if name in ran]
    assert ran[0] == names[0]
    entry = Leaderboard(Path("results")).find("tree_hash:" + OTHER)
    assert entry.effort.method == ", then ".join(ran)
    again = command("reproduce", entry.id, "--search", "--workers", 0)
    assert again.code == 0, again.out


REFUSED = [
    (["nope"], "unknown problem 'nope': `slotsmith problems` lists them; or give file.py:Class"),
    (["sapxy"], "unknown problem 'sapxy': did you mean 'saxpy'?"),
    (["missing.py:Mine"], "cannot read problem file missing.py"),
    (["tree_hash", "--shape", "depth=2"], "has no shape parameter 'depth': use height, rounds, batch"),
    (["tree_hash", "--shape", "height=x"], "height must be an integer, not 'x'"),
    (["tree_hash", "--shape", "height=1.5"], "height must be an integer, not '1.5'"),
    (["tree_hash", "--shape", "rounds=0"], "rounds must be at least 1"),
    (["tree_hash", "--shape", "height=21"], "height must be at least 0 and at most 20"),
    (["tree_hash", "--shape", "height"], "write it as height=10,rounds=16,batch=256"),
    (["tree_hash", "--set", "nope=1"], "unknown knob 'nope': `slotsmith knobs PROBLEM` lists them"),
    (["tree_hash", "--set", "unroll=many"], "knob unroll takes "),
    (["tree_hash", "--set", "unroll=0"], "knob unroll takes "),
    (["tree_hash", "--set", "unroll"], "--set takes knob=value, not 'unroll'"),
    (["tree_hash", "--machine", "nope"], "unknown machine 'nope': use "),
    (["tree_hash", "--machine", "nope.toml"], "cannot read machine model nope.toml"),
    (["tree_hash", "--machine", "words.json.toml"], "machine model words.json.toml"),
    (["tree_hash", "--category", "nope"], "no category 'nope': use values, values+indices"),
    (["tree_hash", "--schedules", "0"], "--schedules"),
    (["tree_hash", "--schedules", "many"], "--schedules"),
    (["tree_hash", "--trials", "4"], "--trials"),
    (["tree_hash", "--stages", "magic"], "there is no stage 'magic': use plan, random, list, justification"),
    (["tree_hash", "--stages", ""], "there is no stage ''"),
    (["tree_hash", "--stages", "moves:2"], "stage moves: its share of the budget is a number from 0 to 1, not '2'"),
    (["tree_hash", "--stages", "random:0.8,moves:0.8"], "the shares come to 1.6, more than 1"),
    (["tree_hash", "--time-limit", "-1"], "--time-limit"),
    (["tree_hash", "--workers", "-1"], "--workers"),
    (["tree_hash", "--seed", "-1"], "--seed"),
    (["tree_hash", "--seed", str(1 << 60)], "--seed"),
    (["tree_hash", "--nope"], "--nope"),
    ([], "problem"),
    (["tree_hash", "--shape", SHAPE, "--shapes-from", "list.json"], "give --shape or --shapes-from, not both"),
    (["tree_hash", "--shapes-from", "missing.json"], "cannot read missing.json: No such file"),
    (["tree_hash", "--shapes-from", "."], "cannot read .: Is a directory"),
    (["tree_hash", "--shapes-from", "cut.json"], "cut.json is not valid JSON"),
    (["tree_hash", "--shapes-from", "deep.json"], "deep.json is not valid JSON"),
    (["tree_hash", "--shapes-from", "words.json"], "words.json must hold a list of objects"),
    (["tree_hash", "--shapes-from", "empty.json"], "empty.json holds no shapes"),
    (["tree_hash", "--shapes-from", "strange.json"], "height must be an integer, not 'tall'"),
    (["tree_hash", "--shapes-from", "strange.txt"], "no shape parameter 'depth'"),
    (["tree_hash", "--shapes-from", "plain.json.gz"], "plain.json.gz is damaged: it is no gzip file"),
    (["tree_hash", "--shapes-from", "cut.json.gz"], "cut.json.gz is damaged"),
    (["tree_hash", "--shapes-from", "damaged.json.gz"], "damaged.json.gz is damaged"),
    (["tree_hash", "--shapes-from", "binary.txt"], "binary.txt is damaged"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[" ".join(words) for words, _ in REFUSED])
def test_wrong_input_is_refused_in_one_line(
    command: Command, tmp_path: Path, arguments: list[str], message: str
) -> None:
    write_json(tmp_path / "words.json", [1, 2])
    write_json(tmp_path / "empty.json", [])
    write_json(tmp_path / "strange.json", [{"height": "tall"}])
    (tmp_path / "words.json.toml").write_text("name = ", encoding="utf-8")
    (tmp_path / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    (tmp_path / "cut.json").write_text('[{"height": 2', encoding="utf-8")
    (tmp_path / "strange.txt").write_text("depth=2\n", encoding="utf-8")
    (tmp_path / "plain.json.gz").write_text("[]", encoding="utf-8")
    packed = gzip.compress(json.dumps([{"height": height} for height in range(20)]).encode())
    (tmp_path / "cut.json.gz").write_bytes(packed[:-20])
    (tmp_path / "damaged.json.gz").write_bytes(packed[:10] + bytes(byte ^ 255 for byte in packed[10:20]) + packed[20:])
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\xff")
    begun = time.monotonic()
    assert message in command("search", *arguments).refusal
    assert time.monotonic() - begun < 2
    assert not (tmp_path / "results").exists()


def test_a_results_folder_that_cannot_be_written_is_noticed_before_the_search(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    begun = time.monotonic()
    for folder in ("file", "file/results"):
        refusal = command("search", "tree_hash", "--time-limit", "60", "--results", folder).refusal
        assert f"cannot write the results folder {folder}" in refusal
    assert time.monotonic() - begun < 2


def test_however_little_time_there_is_a_first_result_is_waited_for(command: Command) -> None:
    ran = command("search", "tree_hash", "--shape", SHAPE, "--time-limit", "0", "--workers", "0", "--json")
    assert ran.json[0]["schedules"] > 0


def test_knobs_of_every_shape_are_checked_before_the_first_search(command: Command) -> None:
    """``select.0.2`` is a knob of trees of height 2, not of height 0."""
    shapes = ("--shape", SHAPE, "--shape", "height=0,rounds=1,batch=8")
    assert "unknown knob 'select.0.2'" in command("search", "tree_hash", *shapes, "--set", "select.0.2=all").refusal
    assert not Path("results").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "by"), [(0, signal.SIGTERM), (2, signal.SIGINT), (2, signal.SIGHUP)])
def test_a_signal_keeps_the_best_and_ends_the_search_soon(
    command: Command, tmp_path: Path, workers: int, by: signal.Signals
) -> None:
    words = ("search", "tree_hash", "--shape", SHAPE, "--time-limit", "60", "--workers", workers)
    out = interrupted(*words, folder=tmp_path, soon=10.0, by=by)
    assert "new best on the leaderboard" in out
    (entry,) = Leaderboard(tmp_path / "results").entries()
    assert f"found      {entry.cycles} cycles" in out
    assert command("reproduce", ENTRY).code == 0
