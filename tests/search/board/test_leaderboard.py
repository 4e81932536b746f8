"""The leaderboard: only what is better is added, everything can be found again, several may write at once."""

import gzip
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from machine.errors import UserError
from machine.graph.decision import decision_from_json, decision_to_json
from problems.tree_hash import TreeHash
from search.board.entry import ENTRY_FORMAT, Entry, reproduce
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.tasks.task import TaskName
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, EXAMPLE, SMALL_TREE, entry_of

OTHER = TAKEHOME.variant("other", slots={"load": 1})
OTHER_DATA = {**entry_of(DOUBLING)[0].machine, "name": "a/b |c"}


def scored(name: TaskName, cycles: int, found: str = "2026-01-01") -> Entry:
    """The entry for the task, as if it had taken so many cycles."""
    entry, _ = entry_of(name)
    return replace(entry, cycles=cycles, id=f"{entry.id[:-3]}{cycles}", found=found)


def filled(folder: Path, *names: TaskName) -> Leaderboard:
    board = Leaderboard(folder)
    board.ensure_writable()
    for name in names:
        assert board.add(*entry_of(name))
    return board


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# Adding


def test_an_entry_is_kept_with_its_program_and_decision(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path, SMALL_TREE), entry_of(SMALL_TREE)
    (kept,) = board.entries()
    assert kept == entry
    assert board.program(kept).digest == candidate.program.digest == kept.hashes.program
    decision = decision_from_json(candidate.prepared.flat, board.decision(kept))
    assert decision_to_json(decision) == decision_to_json(candidate.decision)
    assert reproduce(kept, board.decision(kept)).succeeded
    assert files(tmp_path) == [
        "README.md",
        f"entries/{entry.id}.decision.json.gz",
        f"entries/{entry.id}.json",
        f"entries/{entry.id}.program.json.gz",
        "journal.jsonl",
        "tree_hash-takehome.json",
        "tree_hash-takehome.md",
    ]


def test_only_what_is_better_is_added(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    outcomes = [board.add(scored(DOUBLING, cycles), candidate) for cycles in (100, 100, 120, 99, 100, 98)]
    assert outcomes == [True, False, False, True, False, True]
    assert [entry.cycles for entry in board.entries()] == [98, 99, 100]
    assert [entry.cycles for entry in board.best()] == [98]


def test_of_as_many_cycles_a_higher_bound_for_the_same_graph_is_better(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    first = scored(DOUBLING, 100)

    def bounded(cycles: int, graph: str = first.hashes.graph) -> Entry:
        hashes, bound = replace(first.hashes, graph=graph), Bound(cycles, "a proof")
        return replace(first, id=f"{first.id}{cycles}", bound=bound, hashes=hashes, found="2026-02-02")

    assert board.add(first, candidate)
    assert not board.add(bounded(first.bound.cycles), candidate)
    assert not board.add(bounded(99, "another graph"), candidate)
    assert board.add(bounded(99), candidate)
    assert not board.add(bounded(98), candidate)
    assert [entry.bound.cycles for entry in board.best()] == [99]
    assert board.add(bounded(100), candidate)
    assert [entry.bound.cycles for entry in board.entries()] == [100, 99, first.bound.cycles]


def test_entries_of_other_tasks_do_not_compete(tmp_path: Path) -> None:
    names = [
        DOUBLING,
        replace(DOUBLING, shape="words=5"),
        replace(DOUBLING, machine=OTHER),
        SMALL_TREE,
        replace(SMALL_TREE, category="values+indices"),
    ]
    board = filled(tmp_path, *names)
    assert len(board.entries()) == len(board.best()) == len(names)
    assert not any(board.add(*entry_of(name)) for name in names)


def test_entries_stand_by_task_then_cycles(tmp_path: Path) -> None:
    shapes = [replace(DOUBLING, shape=f"words={words}") for words in (10, 9, 2)]
    board = filled(tmp_path, *shapes)
    better = scored(shapes[0], 1)
    assert board.add(better, entry_of(shapes[0])[1])
    assert [(entry.shape["words"], entry.cycles) for entry in board.entries()][-2:] == [
        (10, 1),
        (10, entry_of(shapes[0])[0].cycles),
    ]
    assert [entry.shape["words"] for entry in board.entries()] == [2, 9, 10, 10]


def test_an_empty_board_has_no_entries(tmp_path: Path) -> None:
    board = Leaderboard(tmp_path / "not there yet")
    assert (board.entries(), board.best()) == ([], [])


def test_a_record_of_a_search_goes_to_the_journal(tmp_path: Path) -> None:
    filled(tmp_path).record({"kind": "search", "cycles": 5})
    assert json.loads((tmp_path / "journal.jsonl").read_text())["cycles"] == 5


# Finding


def test_entries_are_found_by_id_problem_shape_category_and_machine(tmp_path: Path) -> None:
    other_shape = replace(SMALL_TREE, shape="height=1,rounds=3,batch=16")
    with_indices = replace(SMALL_TREE, category="values+indices")
    elsewhere = replace(SMALL_TREE, machine=OTHER)
    default = replace(DOUBLING, shape="")
    names = [SMALL_TREE, other_shape, with_indices, elsewhere, default]
    board = filled(tmp_path, *names)
    wanted = {name: entry_of(name)[0] for name in names}
    for entry in wanted.values():
        assert board.find(entry.id) == entry
    text = f"tree_hash:{SMALL_TREE.shape}"
    assert board.find(text, machine="takehome") == wanted[SMALL_TREE]
    assert board.find(text, machine="other") == wanted[elsewhere]
    assert board.find(text, "values+indices") == wanted[with_indices]
    assert board.find("tree_hash:batch=16,rounds=3,height=1") == wanted[other_shape]
    assert board.find(EXAMPLE) == wanted[default]
    assert board.find(f"{EXAMPLE}:words=4") == wanted[default]


def test_the_best_of_a_task_is_found(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    for cycles in (50, 40, 30):
        board.add(scored(DOUBLING, cycles), candidate)
    assert board.find(f"{EXAMPLE}:words=4").cycles == 30


def test_the_default_machine_is_meant_where_none_is_named(tmp_path: Path) -> None:
    fast = TAKEHOME.variant("fast", slots={"load": 4})
    board = filled(tmp_path, SMALL_TREE, replace(SMALL_TREE, machine=fast))
    assert board.find(f"tree_hash:{SMALL_TREE.shape}") == entry_of(SMALL_TREE)[0]


@pytest.mark.parametrize("names", [("other",), ("other", "fast")])
def test_where_only_other_machines_have_an_entry_one_must_be_named(tmp_path: Path, names: tuple[str, ...]) -> None:
    tasks = [replace(SMALL_TREE, machine=TAKEHOME.variant(name, slots={"load": 1})) for name in names]
    board, text = filled(tmp_path, *tasks), f"tree_hash:{SMALL_TREE.shape}"
    with pytest.raises(UserError, match=f"are for {', '.join(sorted(names))}: say which with --machine"):
        board.find(text)
    assert board.find(text, machine="other") == entry_of(tasks[0])[0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tree_hash", "no entry for tree_hash height=10,rounds=16,batch=256 values"),
        ("tree_hash:height=3", "no entry for tree_hash height=3,rounds=16,batch=256 values"),
        ("tree_hash:hieght=3", "no shape parameter 'hieght'"),
        ("tree_hash-0123456789", "no entry 'tree_hash-0123456789'"),
        ("nothing", "no entry 'nothing'"),
        ("nothing:height=3", "no entry 'nothing:height=3'"),
        ("nothing.py:Class", "no entry 'nothing.py:Class'"),
    ],
)
def test_what_is_not_there_is_the_users_error(tmp_path: Path, text: str, problem: str) -> None:
    board = filled(tmp_path, SMALL_TREE)
    with pytest.raises(UserError, match=problem):
        board.find(text)


def test_a_category_or_machine_that_is_not_there_is_the_users_error(tmp_path: Path) -> None:
    board, text = filled(tmp_path, SMALL_TREE), f"tree_hash:{SMALL_TREE.shape}"
    for category, machine in (("values+indices", None), ("nonsense", None), (None, "other")):
        with pytest.raises(UserError):
            board.find(text, category, machine)


# Other sources, other machines


def for_sources(entry: Entry, digest: str) -> Entry:
    """The entry as one for other sources of its problem."""
    return replace(entry, id=f"{entry.id}-{digest}", hashes=replace(entry.hashes, problem=digest))


def test_an_entry_competes_with_those_for_the_same_sources_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, (entry, candidate) = filled(tmp_path, SMALL_TREE), entry_of(SMALL_TREE)
    longer = replace(for_sources(entry, "ed" * 32), cycles=entry.cycles + 10)
    monkeypatch.setattr(TreeHash, "digest", lambda self: "ed" * 32)
    assert board.rivals(longer) == []
    assert board.add(longer, candidate)
    assert board.best() == [longer]
    assert [each.entry for each in board.placed() if not each.counts] == [entry]
    assert board.rivals(longer) == [longer]
    assert not board.add(replace(longer, id="tree_hash-longer", cycles=longer.cycles + 1), candidate)


def test_an_entry_for_sources_that_were_edited_while_it_was_found_is_stored_and_not_the_best(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path, SMALL_TREE), entry_of(SMALL_TREE)
    shorter = replace(for_sources(entry, "be" * 32), cycles=1)
    assert not board.add(shorter, candidate)
    assert board.best() == [entry]
    assert shorter in board.entries()


def test_the_best_for_a_task_is_for_its_machine_and_not_for_another_of_that_name(tmp_path: Path) -> None:
    whole = replace(DOUBLING, shape="words=4,spare=2")
    first, second = (replace(whole, machine=TAKEHOME.variant("mine", slots={"load": count})) for count in (1, 3))
    board = filled(tmp_path, first)
    assert (board.best_for(first), board.best_for(second)) == (entry_of(first)[0], None)
    later = replace(entry_of(second)[0], found="2027-01-01")
    assert board.add(later, entry_of(second)[1])
    assert (board.best_for(first), board.best_for(second)) == (None, later)


def test_a_machine_that_is_searched_again_is_todays_though_the_result_is_not_the_best(tmp_path: Path) -> None:
    """Edited and edited back: what was best for it then is best again."""
    first, second = (replace(DOUBLING, machine=TAKEHOME.variant("mine", slots={"load": count})) for count in (1, 3))
    board, (entry, candidate) = filled(tmp_path, first), entry_of(first)
    assert board.add(replace(entry_of(second)[0], found="2027-01-01"), entry_of(second)[1])
    longer = replace(entry, id="doubling-longer", cycles=entry.cycles + 1, found="2028-01-01")
    assert not board.add(longer, candidate)
    assert board.best() == [entry]


def test_a_check_is_noted_once(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    unbuilt = board.note_other_graph(entry, "it is")
    assert unbuilt is not None
    assert unbuilt.other_graph is not None
    assert (board.best(), board.note_other_graph(unbuilt, "it is")) == ([], unbuilt)
    assert board.note_checked(entry, "digest") is None
    checked = board.note_checked(unbuilt, entry.hashes.problem)
    assert checked is not None
    assert checked.checked is not None
    assert (checked.checked.problem, checked.other_graph) == (entry.hashes.problem, None)
    assert board.best() == [checked]
    assert board.note_checked(checked, entry.hashes.problem) == checked


# Bounds


def test_a_higher_bound_is_noted_in_every_entry_of_the_graph(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path), entry_of(DOUBLING)
    same = [replace(scored(DOUBLING, cycles), bound=Bound(bound, "a proof")) for cycles, bound in ((50, 9), (40, 10))]
    other = replace(
        scored(DOUBLING, 39), bound=Bound(8, "a proof"), hashes=replace(entry.hashes, graph="0" * 64), found="2027"
    )
    for each in (*same, other):
        assert board.add(each, candidate)
    raised = board.raise_bound(same[0], Bound(10, "a better proof"))
    assert raised == replace(same[0], bound=Bound(10, "a better proof"))
    assert board.entries() == [other, same[1], raised]
    assert board.program(raised).digest == entry.hashes.program
    assert "**40** | 10" not in (tmp_path / "doubling-takehome.md").read_text()
    assert board.raise_bound(raised, Bound(40, "closed")).bound.cycles == 40
    assert [each.bound.cycles for each in board.entries()] == [8, 40, 40]


def test_a_bound_that_is_no_higher_changes_nothing(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    assert board.raise_bound(entry, Bound(entry.bound.cycles, "another proof")) == entry
    assert board.entries() == [entry]


def test_a_bound_above_a_schedule_of_the_graph_is_a_defect(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    with pytest.raises(UserError, match=f"claims {entry.cycles} cycles for a graph whose bound is {entry.cycles + 1}"):
        board.raise_bound(entry, Bound(entry.cycles + 1, "no proof"))
    board.strike(entry, "its schedule is none")
    assert board.raise_bound(entry, Bound(entry.cycles + 1, "a proof")).bound == entry.bound


def test_a_bound_of_an_entry_that_is_not_there_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read"):
        filled(tmp_path).raise_bound(entry_of(DOUBLING)[0], Bound(1, ""))


# Striking


def test_a_struck_entry_keeps_its_files_and_says_when_and_why(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    struck = board.strike(entry, "it is wrong")
    assert struck is not None
    assert struck.struck is not None
    assert struck.struck.reason == "it is wrong"
    assert struck.struck.time[:2] == "20"
    assert board.entries() == [struck]
    assert replace(struck, struck=None) == entry
    assert board.program(struck).digest == entry.hashes.program
    assert reproduce(struck, board.decision(struck)).succeeded


def test_a_struck_entry_is_found_by_its_id_alone(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    for cycles in (50, 40):
        board.add(scored(DOUBLING, cycles), candidate)
    best = board.find(f"{EXAMPLE}:words=4")
    board.strike(best, "no")
    assert [entry.cycles for entry in board.best()] == [50]
    assert board.find(f"{EXAMPLE}:words=4").cycles == 50
    assert board.find(best.id).struck is not None
    board.strike(board.find(f"{EXAMPLE}:words=4"), "no")
    with pytest.raises(UserError, match="no entry for"):
        board.find(f"{EXAMPLE}:words=4")


def test_what_is_added_need_only_beat_what_still_counts(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path, DOUBLING), entry_of(DOUBLING)
    worse = scored(DOUBLING, entry.cycles + 5)
    assert not board.add(worse, candidate)
    board.strike(entry, "no")
    assert board.add(worse, candidate)
    assert board.best() == [worse]


def test_a_struck_entry_that_is_found_anew_counts_again(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path, DOUBLING), entry_of(DOUBLING)
    board.strike(entry, "its program was damaged")
    assert board.add(entry, candidate)
    assert board.entries() == [entry]


def test_an_entry_that_another_process_has_changed_is_not_struck(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    assert board.strike(replace(entry, found="2020"), "no") is None
    assert board.entries() == [entry]
    assert board.strike(entry, "no") is not None
    assert board.strike(entry, "twice") is None


def test_an_entry_of_an_older_format_is_struck_in_this_one(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    path = tmp_path / "entries" / f"{entry.id}.json"
    data = json.loads(path.read_text())
    del data["struck"], data["checked"], data["other_graph"], data["effort"]["repeat"]
    data["effort"]["trials"] = data["effort"].pop("schedules")
    path.write_text(json.dumps({**data, "format": 1}))
    (old,) = board.entries()
    assert (old.format, old.struck, old.effort.repeat) == (1, None, None)
    board.strike(old, "no")
    assert json.loads(path.read_text())["format"] == ENTRY_FORMAT


def test_pages_say_what_was_struck(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    board.strike(entry, "it is wrong")
    board.rewrite_pages()
    assert "it is wrong" in (tmp_path / "doubling-takehome.md").read_text()
    (shown,) = json.loads((tmp_path / "doubling-takehome.json").read_text())["entries"]
    assert (shown["standing"], shown["struck"]["reason"]) == ("struck", "it is wrong")


# What can go wrong on disk


def test_a_folder_that_cannot_be_made_is_the_users_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for folder in (file, file / "below"):
        with pytest.raises(UserError, match="cannot write the results folder"):
            Leaderboard(folder).ensure_writable()


def test_a_journal_that_cannot_be_written_is_the_users_error_before_the_search(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(UserError, match="cannot write the results folder"):
        Leaderboard(tmp_path).ensure_writable()


def test_making_sure_leaves_nothing_behind_but_folders_and_a_journal(tmp_path: Path) -> None:
    Leaderboard(tmp_path / "a" / "b").ensure_writable()
    assert files(tmp_path) == ["a/b/journal.jsonl"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-20]),
        lambda path: path.write_bytes(b"\xff\xfe" + path.read_bytes()),
        lambda path: path.write_text("[]"),
        lambda path: path.write_text("{}"),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_bytes(b"\0" * 100),
        lambda path: path.write_bytes(b" " * (17 << 20)),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: path.write_text(path.read_text().replace('"workers": 2', '"workers": NaN')),
        lambda path: path.write_text(path.read_text().replace('"policy": {', '"policy": {"a": {"b": 1},')),
        lambda path: path.write_text(path.read_text().replace('"id": "doubling', '"id": "other')),
    ],
)
def test_damaged_entries_are_set_aside_and_told_by_name(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    board, damaged = filled(tmp_path, DOUBLING, SMALL_TREE), entry_of(DOUBLING)[0].id
    spoil(tmp_path / "entries" / f"{damaged}.json")
    assert board.entries() == [entry_of(SMALL_TREE)[0]]
    (line,) = board.unreadable()
    assert damaged in line
    assert "\n" not in line
    board.ensure_writable()
    board.rewrite_pages()
    with pytest.raises(UserError, match=damaged):
        board.find(damaged)


@pytest.mark.parametrize("what", ["program", "decision"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not gzip"),
        lambda path: path.write_bytes(path.read_bytes()[:-4]),
        lambda path: path.write_bytes(path.read_bytes()[:20] + b"\0" * 20 + path.read_bytes()[40:]),
        lambda path: path.write_bytes(gzip.compress(b"[1, 2")),
        lambda path: path.write_bytes(gzip.compress(b"3")),
        lambda path: path.write_bytes(gzip.compress(b" " * (1 << 28))),
        lambda path: path.write_bytes(gzip.compress(b"[" * 1000)),
        lambda path: (path.unlink(), os.mkfifo(path)),
    ],
)
def test_damaged_programs_and_decisions_are_the_users_error(
    tmp_path: Path, what: str, spoil: Callable[[Path], object]
) -> None:
    board, (entry, _) = filled(tmp_path, DOUBLING), entry_of(DOUBLING)
    spoil(tmp_path / "entries" / f"{entry.id}.{what}.json.gz")
    with pytest.raises(UserError):
        (board.program if what == "program" else board.decision)(entry)


def test_a_file_that_cannot_be_written_whole_is_not_written_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    board = filled(tmp_path, DOUBLING)
    before = files(tmp_path)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match="No space left"):
        board.add(*entry_of(SMALL_TREE))
    assert files(tmp_path) == before


# Pages


def test_pages_list_every_task(tmp_path: Path) -> None:
    names = [
        SMALL_TREE,
        replace(SMALL_TREE, category="values+indices"),
        replace(SMALL_TREE, machine=OTHER),
        DOUBLING,
        replace(DOUBLING, shape="words=5"),
    ]
    filled(tmp_path, *names)
    pages = {page: (tmp_path / page).read_text() for page in files(tmp_path) if page.endswith(".md")}
    assert sorted(pages) == [
        "README.md",
        "doubling-takehome.md",
        "tree_hash-other.md",
        "tree_hash-takehome.md",
    ]
    for name in names:
        entry, _ = entry_of(name)
        problem = entry.id.rpartition("-")[0]
        assert entry.id in pages[f"{problem}-{entry.key[3]}.md"]
        assert f"({problem}-{entry.key[3]}.md)" in pages["README.md"]


def test_pages_that_say_what_they_said_are_not_touched(tmp_path: Path) -> None:
    board = filled(tmp_path, DOUBLING, SMALL_TREE)
    pages = [path for path in tmp_path.iterdir() if path.suffix in (".md", ".json")]
    (tmp_path / "doubling-takehome.md").write_text("mine")
    before = {path: path.stat().st_ino for path in pages}
    board.rewrite_pages()
    assert [path.name for path in pages if path.stat().st_ino != before[path]] == ["doubling-takehome.md"]
    assert "mine" not in (tmp_path / "doubling-takehome.md").read_text()


def test_two_problems_of_one_name_have_a_page_each(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    board, (entry, candidate) = filled(folder, DOUBLING), entry_of(DOUBLING)
    shutil.copy(EXAMPLE.removesuffix(":Doubling"), tmp_path / "example.py")
    elsewhere = f"{tmp_path / 'example.py'}:Doubling"
    other = replace(
        entry, id="doubling-0123456789", problem=elsewhere, machine=OTHER_DATA, found="2999-01-01T00:00:00+00:00"
    )
    assert board.add(other, candidate)
    again = replace(other, id="doubling-1123456789", machine=entry.machine)
    assert board.add(again, candidate)
    titles = {path.read_text().splitlines()[2] for path in folder.glob("doubling*.md")}
    assert titles == {"# doubling on takehome", f"# doubling ({elsewhere}) on takehome", "# doubling on a/b \\|c"}
    assert (folder / "doubling-a-b--c.json").exists()


# Several writers


def _add_many(folder: Path, names: list[TaskName], first: int) -> None:
    board = Leaderboard(folder)
    for name in names:
        board.add(*entry_of(name))
        for cycles in (first, first - 2, first - 4):
            board.add(scored(DOUBLING, cycles), entry_of(DOUBLING)[1])


def test_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each adds tasks of its own, and both better and better entries of one task; the pages are those of the last."""
    names = [replace(DOUBLING, shape=f"words={words}") for words in range(5, 25)]
    for name in (*names, DOUBLING):
        entry_of(name)
    board = filled(tmp_path)
    context = multiprocessing.get_context("fork")
    parts = ((names[::2], 1000), (names[1::2], 999))
    writers = [context.Process(target=_add_many, args=(tmp_path, *part)) for part in parts]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    assert [process.exitcode for process in writers] == [0, 0]
    best = board.best()
    assert {entry.shape["words"]: entry.cycles for entry in best if entry.shape["words"] > 4} == {
        entry_of(name)[0].shape["words"]: entry_of(name)[0].cycles for name in names
    }
    assert board.find(f"{EXAMPLE}:words=4").cycles == 995
    page = (tmp_path / "doubling-takehome.md").read_text()
    assert all(entry.id in page for entry in best)
    assert f"| {len(best)} |" in (tmp_path / "README.md").read_text()


def _strike_many(folder: Path, names: list[TaskName]) -> None:
    board = Leaderboard(folder)
    for name in names:
        assert board.strike(entry_of(name)[0], "no") is not None
        board.rewrite_pages()


def test_processes_that_add_and_strike_at_once_lose_nothing(tmp_path: Path) -> None:
    wrong = [replace(DOUBLING, shape=f"words={words}") for words in range(30, 40)]
    right = [replace(DOUBLING, shape=f"words={words}") for words in range(40, 50)]
    for name in (*wrong, *right):
        entry_of(name)
    board = filled(tmp_path, *wrong)
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=_strike_many, args=(tmp_path, wrong)),
        context.Process(target=_add_many, args=(tmp_path, right, 1000)),
    ]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    assert [process.exitcode for process in writers] == [0, 0]
    assert {entry.shape["words"] for entry in board.entries() if entry.struck} == set(range(30, 40))
    assert {entry.shape["words"] for entry in board.best()} == {4, *range(40, 50)}
    page = (tmp_path / "doubling-takehome.md").read_text()
    assert page.partition("## Struck")[2].count("| no |") == len(wrong)
