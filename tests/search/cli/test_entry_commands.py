"""Commands on programs and entries: validate, simulate, reproduce, export, trace."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from machine import model
from machine.assembly import read_assembly
from machine.model import load_machine
from machine.program import load_program
from search.board.leaderboard import Leaderboard
from tests.search.cli.conftest import ENTRY, SHAPE, Command, write_json

TASK = ("--problem", "tree_hash", "--shape", SHAPE)


@pytest.fixture
def changed(results: Path, tmp_path: Path) -> Path:
    """A copy of the results folder, to be tampered with."""
    return Path(shutil.copytree(results, tmp_path / "changed"))


def beside(folder: Path, what: str) -> Path:
    (path,) = (folder / "entries").glob(f"*.{what}.json.gz")
    return path


def read_packed(path: Path) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()))


def write_packed(path: Path, data: object) -> None:
    path.write_bytes(gzip.compress(json.dumps(data).encode()))


# validate


def test_a_program_file_is_validated(command: Command, program: Path, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    ran = command("validate", program, *TASK, "--inputs", 32)
    assert ran.code == 0
    assert f"{program}: right on 32 inputs, {entry.cycles} cycles" in ran.out
    found = command("validate", program, *TASK, "--inputs", 32, "--json").json
    assert found == {"cycles": entry.cycles, "inputs": 32, "checks": ["batch simulator", "interpreter"]}


def test_an_entry_is_validated_from_graph_to_program(command: Command, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    for name in (ENTRY, entry.id):
        found = command("validate", name, "--results", results, "--inputs", 16, "--json").json
        checks = ["legality", "graph execution", "batch simulator", "interpreter"]
        assert found == {"cycles": entry.cycles, "inputs": 16, "checks": checks}


def test_a_program_cut_short_is_wrong(command: Command, program: Path, tmp_path: Path) -> None:
    short = write_json(tmp_path / "short.json", json.loads(program.read_text())[:-2])
    refusal = command("validate", short, *TASK, "--inputs", 8).refusal
    assert "short.json is wrong: input 0: memory word " in refusal


def test_a_shape_beside_an_entry_is_refused(command: Command, results: Path) -> None:
    refusal = command("validate", "tree_hash", "--shape", SHAPE, "--results", results).refusal
    assert refusal == "--shape: for a program file; for an entry give its id, or PROBLEM:shape"


def test_a_program_for_another_shape_is_wrong(command: Command, program: Path) -> None:
    other = ("--problem", "tree_hash", "--shape", "height=2,rounds=3,batch=8")
    assert "is wrong" in command("validate", program, *other, "--inputs", 8).refusal


def bundle(**engines: list[list[object]]) -> list[dict[str, list[list[object]]]]:
    return [engines]


BAD_PROGRAMS: list[tuple[object, str]] = [
    ({}, "a program is a JSON list of bundles"),
    ([1], "bundle 0: expected an object of engines"),
    ([{"alu": 1}], "bundle 0, engine alu: expected a list of slots"),
    (bundle(alu=[[]]), "a slot is a list that starts with its opcode's name"),
    (bundle(alu=[["+", 0, 1, "x"]]), "operands of + must be integers"),
    (bundle(alu=[["+", 0, 1, 1.5]]), "operands of + must be integers"),
    (bundle(fpu=[["+", 0, 1, 2]]), "bundle 0: unknown engine 'fpu'"),
    (bundle(alu=[["pow", 0, 1, 2]]), "bundle 0: engine alu has no opcode 'pow'"),
    (bundle(alu=[["+", 0, 1]]), "bundle 0: + takes 3 operands, not 2"),
    (bundle(alu=[["+", 1536, 1, 2]]), "bundle 0: + uses scratch 1536..1536"),
    (bundle(valu=[["+", 1529, 1, 2]]), "bundle 0: + uses scratch 1529..1536"),
    (bundle(load=[["const", -1, 2]]), "bundle 0: const uses scratch -1..-1"),
    (bundle(load=[["const", n, 2] for n in range(3)]), "bundle 0: 3 slots on load, which has 2"),
    (bundle(load=[["load", 0, 0]] * 3, store=[["store", 0]]), "(and 1 more)"),
]


@pytest.mark.parametrize(("data", "message"), BAD_PROGRAMS, ids=[message for _, message in BAD_PROGRAMS])
def test_what_is_no_program_of_the_machine_is_refused(
    command: Command, tmp_path: Path, data: object, message: str
) -> None:
    assert message in command("validate", write_json(tmp_path / "bad.json", data), *TASK).refusal


@pytest.mark.parametrize("text", [b"nonsense", b'[{"load":[["const",0,1]]}', b"", b"\xff\xfe", b"[" * 100_000])
@pytest.mark.parametrize("verb", ["validate", "simulate"])
def test_a_file_that_is_not_json_is_refused(command: Command, tmp_path: Path, text: bytes, verb: str) -> None:
    (tmp_path / "bad.json").write_bytes(text)
    rest = TASK if verb == "validate" else ("memory.json",)
    assert "bad.json is not valid JSON" in command(verb, "bad.json", *rest).refusal


def test_a_missing_program_is_refused(command: Command) -> None:
    assert "cannot read missing.json: No such file" in command("validate", "missing.json", *TASK).refusal
    assert "say what the program is for: --problem" in command("validate", "missing.json").refusal


def test_a_program_for_nothing_that_is_known_is_refused(command: Command, program: Path) -> None:
    assert "unknown problem 'nope'" in command("validate", program, "--problem", "nope").refusal
    assert "no category 'nope'" in command("validate", program, *TASK, "--category", "nope").refusal
    assert "unknown machine 'nope'" in command("validate", program, *TASK, "--machine", "nope").refusal


def test_an_entry_whose_program_was_changed_is_refused(command: Command, changed: Path) -> None:
    bundles = read_packed(beside(changed, "program"))
    write_packed(beside(changed, "program"), bundles[:-1])
    assert "the stored program is not the one it names" in command("validate", ENTRY, "--results", changed).refusal


def test_an_entry_that_claims_too_little_is_refused(command: Command, changed: Path) -> None:
    (path,) = (changed / "entries").glob("*[0-9a-f].json")
    entry = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, {**entry, "cycles": entry["cycles"] - 1})
    refusal = command("validate", ENTRY, "--results", changed, "--inputs", 8).refusal
    assert f"claims {entry['cycles'] - 1} cycles and takes {entry['cycles']}" in refusal


@pytest.mark.parametrize("verb", ["validate", "reproduce", "export", "trace", "improve"])
@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("nope", "no entry 'nope' in "),
        ("tree_hash", "no entry for tree_hash height=10,rounds=16,batch=256 values"),
        ("fir", "no entry for fir "),
        ("tree_hash:depth=2", "no shape parameter 'depth'"),
        ("tree_hash-0123456789", "no entry 'tree_hash-0123456789'"),
    ],
)
def test_an_entry_that_is_not_there_is_refused(
    command: Command, changed: Path, verb: str, entry: str, message: str
) -> None:
    output = ("-o", "out") if verb in ("export", "trace") else ()
    assert message in command(verb, entry, "--results", changed, *output).refusal


@pytest.mark.parametrize("narrowed", [("--category", "values+indices"), ("--machine", "other")])
def test_an_entry_of_another_category_or_machine_is_not_meant(
    command: Command, results: Path, narrowed: tuple[str, str]
) -> None:
    assert "no entry for tree_hash" in command("reproduce", ENTRY, *narrowed, "--results", results).refusal
    assert "no category 'nope'" in command("reproduce", ENTRY, "--category", "nope", "--results", results).refusal


# simulate


COUNTING: list[dict[str, list[list[object]]]] = [
    {"load": [["const", 0, 1], ["const", 1, 40]]},
    {"load": [["load", 2, 0]], "alu": [["+", 3, 1, 0]]},
    {"debug": [["comment", "free"]]},
    {"store": [["store", 0, 3]], "flow": [["trace_write", 2]]},
]


def test_simulate_prints_cycles_memory_scratch_and_trace(command: Command, tmp_path: Path) -> None:
    files = write_json(tmp_path / "p.json", COUNTING), write_json(tmp_path / "m.json", [5, 6, 2**32 - 1])
    scratch = {"0": 1, "1": 40, "2": 6, "3": 41}
    found = command("simulate", *files).json
    assert found == {"cycles": 3, "memory": [5, 41, 2**32 - 1], "scratch": scratch, "trace": [6]}


def test_simulate_takes_the_machine_that_is_given(command: Command, tmp_path: Path) -> None:
    files = write_json(tmp_path / "p.json", COUNTING), write_json(tmp_path / "m.json", [5, 6])
    models = Path(model.__file__).with_name("models")
    text = (
        (models / "takehome.toml")
        .read_text(encoding="utf-8")
        .replace("[engines.alu]", "[engines.alu]\nlatency = { '+' = 4 }")
        .replace('name = "takehome"', 'name = "slow"')
    )
    (tmp_path / "slow.toml").write_text(text, encoding="utf-8")
    found = command("simulate", *files, "--machine", "slow.toml").json
    assert (found["cycles"], found["memory"]) == (5, [5, 0])


def test_an_empty_program_takes_no_cycles(command: Command, tmp_path: Path) -> None:
    files = write_json(tmp_path / "p.json", []), write_json(tmp_path / "m.json", [])
    assert command("simulate", *files).json == {"cycles": 0, "memory": [], "scratch": {}, "trace": []}


@pytest.mark.parametrize(
    ("bundles", "message"),
    [
        (bundle(load=[["const", 0, 9]]) + bundle(load=[["load", 1, 0]]), "memory address in bundle 1"),
        (bundle(alu=[["//", 0, 0, 1]]), "division by zero in bundle 0"),
        (bundle(alu=[["+", 0, 0, 1536]]), "scratch address in bundle 0"),
        (bundle(flow=[["halt"], ["halt"]]), "too many slots in bundle 0"),
        (bundle(flow=[["jump", -1]]), "negative pc in bundle 0"),
        (bundle(flow=[["jump", 0]]), "cycle limit in bundle 0"),
        (bundle(fpu=[["+", 0, 0, 0]]), "unknown engine in bundle 0"),
        (bundle(alu=[["pow", 0, 0, 0]]), "unknown opcode in bundle 0"),
        (bundle(alu=[["+", 0, 0]]), "wrong operands in bundle 0"),
    ],
)
def test_a_fault_is_refused_by_name_and_bundle(command: Command, tmp_path: Path, bundles: object, message: str) -> None:
    files = write_json(tmp_path / "p.json", bundles), write_json(tmp_path / "m.json", [0, 0])
    refusal = command("simulate", *files, "--max-cycles", 1000).refusal
    assert refusal.endswith(f"p.json stops: {message}")


@pytest.mark.parametrize("memory", [{}, 7, [1, -1], [2**32], [1.5], ["1"], [True], [None], [[1]]])
def test_memory_that_is_not_words_is_refused(command: Command, tmp_path: Path, memory: object) -> None:
    files = write_json(tmp_path / "p.json", []), write_json(tmp_path / "m.json", memory)
    assert "m.json must hold a JSON list of words from 0 to 2^32 - 1" in command("simulate", *files).refusal


def test_a_missing_memory_is_refused(command: Command, program: Path) -> None:
    assert "cannot read missing.json: No such file" in command("simulate", program, "missing.json").refusal
    assert "cannot read .: Is a directory" in command("simulate", program, ".").refusal
    assert "unknown machine" in command("simulate", program, ".", "--machine", "nope").refusal


# reproduce


def test_an_entry_is_reproduced_to_the_bit(command: Command, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    ran = command("reproduce", ENTRY, "--results", results)
    assert ran.code == 0
    assert f"{entry.id} reproduced: {entry.cycles} cycles on takehome\n" in ran.out
    found = command("reproduce", entry.id, "--results", results, "--json").json
    assert found["reproduced"] is True
    assert found["same"] == dict.fromkeys(("program", "graph", "problem", "machine"), True)


def test_an_entry_whose_decision_was_changed_is_not_reproduced(command: Command, changed: Path) -> None:
    """The last slot a cycle later: still a decision of the graph, no longer the entry's."""
    decision = read_packed(beside(changed, "decision"))
    write_packed(beside(changed, "decision"), {**decision, "cycles": [*decision["cycles"][:-1], 999]})
    ran = command("reproduce", ENTRY, "--results", changed)
    assert ran.code == 1
    assert "NOT reproduced: 1000 cycles" in ran.out
    assert [line.split()[1] for line in ran.out.splitlines()[:2]] == ["DIFFERENT", "same"]
    ran = command("reproduce", ENTRY, "--results", changed, "--json")
    assert (ran.code, json.loads(ran.out)["same"]["program"]) == (1, False)
    for verb in ("validate", "trace"):
        rest = ("-o", "-") if verb == "trace" else ()
        assert "cannot be rebuilt by this version" in command(verb, ENTRY, "--results", changed, *rest).refusal


def test_a_decision_that_is_damaged_or_missing_is_refused(command: Command, changed: Path) -> None:
    path = beside(changed, "decision")
    decision = read_packed(path)
    damaged: list[object] = [{}, [], {**decision, "cycles": decision["cycles"][1:]}, {**decision, "addresses": []}]
    for data in damaged:
        write_packed(path, data)
        assert command("reproduce", ENTRY, "--results", changed).refusal
    path.write_bytes(path.read_bytes()[:-9])
    assert "is damaged" in command("reproduce", ENTRY, "--results", changed).refusal
    path.unlink()
    assert "cannot read" in command("reproduce", ENTRY, "--results", changed).refusal


def test_an_entry_of_a_newer_version_is_refused(command: Command, changed: Path) -> None:
    (path,) = (changed / "entries").glob("*[0-9a-f].json")
    write_json(path, {**json.loads(path.read_text(encoding="utf-8")), "format": 1000})
    assert "is of format 1000: it needs a newer Slotsmith" in command("reproduce", ENTRY, "--results", changed).refusal


def test_a_search_whose_schedules_were_counted_is_repeated(command: Command, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    ran = command("reproduce", ENTRY, "--search", "--workers", 0, "--results", results)
    assert ran.code == 0, ran.out
    assert [line.split() for line in ran.out.splitlines()[:3]] == [
        ["cycles", "same"],
        ["program", "same"],
        ["graph", "same"],
    ]
    assert ran.out.endswith(f"{entry.id} found again: {entry.cycles} cycles, {entry.cycles} then, on takehome\n")
    assert "repeating tree_hash" in ran.err
    assert len(Leaderboard(results).entries()) == 1


def test_a_search_that_leads_elsewhere_is_told_with_exit_code_1(command: Command, changed: Path) -> None:
    (path,) = (changed / "entries").glob("*[0-9a-f].json")
    entry = json.loads(path.read_text(encoding="utf-8"))
    entry["effort"]["repeat"] |= {"fixed": {"select.0.1": "none"}, "schedules": 2}
    write_json(path, {**entry, "versions": {**entry["versions"], "numpy": "0.1"}})
    ran = command("reproduce", ENTRY, "--search", "--workers", 0, "--results", changed)
    assert ran.code == 1
    assert "graph    DIFFERENT" in ran.out
    assert "numpy was 0.1 then and is " in ran.out
    assert f"{entry['id']} NOT found again: " in ran.out
    ran = command("reproduce", ENTRY, "--search", "--workers", 0, "--results", changed, "--json")
    assert (ran.code, ran.err) == (1, "")
    shown = json.loads(ran.out)
    assert (shown["entry"], shown["repeated"], shown["same"]["machine"]) == (entry["id"], False, True)
    assert shown["versions"]["numpy"]["then"] == "0.1"


def test_a_search_that_time_ended_cannot_be_repeated(command: Command, changed: Path) -> None:
    (path,) = (changed / "entries").glob("*[0-9a-f].json")
    entry = json.loads(path.read_text(encoding="utf-8"))
    entry["effort"]["repeat"] = None
    write_json(path, entry)
    refusal = command("reproduce", ENTRY, "--search", "--results", changed).refusal
    assert "cannot be searched for again: time limited its search" in refusal


# export


def test_export_writes_the_entrys_program(command: Command, results: Path, tmp_path: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    ran = command("export", ENTRY, "--results", results, "-o", "p.json")
    assert (ran.code, ran.out) == (0, f"p.json: {entry.id}, {entry.cycles} cycles on takehome\n")
    assert load_program(tmp_path / "p.json").digest == entry.hashes.program
    assert command("export", ENTRY, "--results", results, "-o", "-").out == (tmp_path / "p.json").read_text()


def test_export_writes_a_python_file_for_the_takehome(command: Command, results: Path, tmp_path: Path) -> None:
    assert command("export", ENTRY, "--format", "takehome", "--results", results, "-o", "perf.py").code == 0
    names: dict[str, Any] = {}
    exec((tmp_path / "perf.py").read_text(encoding="utf-8"), names)
    builder = names["KernelBuilder"]()
    builder.build_kernel(2, 7, 8, 2)
    (entry,) = Leaderboard(results).entries()
    assert len(builder.instrs) == entry.cycles


def test_an_entry_is_exported_as_assembly_and_read_again(command: Command, results: Path, tmp_path: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    text = command("export", ENTRY, "--results", results, "--format", "asm", "-o", "-").out
    assert text.startswith(f"; {entry.id}: tree_hash {SHAPE} {entry.category}\n; {entry.cycles} cycles on takehome\n")
    (tmp_path / "p.asm").write_text(text, encoding="utf-8")
    found = command("validate", tmp_path / "p.asm", *TASK, "--inputs", 16, "--json").json
    assert found["cycles"] == entry.cycles
    assert read_assembly(text, "p.asm").digest == entry.hashes.program


def test_an_export_that_cannot_be_is_refused(command: Command, results: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    known = "export", ENTRY, "--results", results
    assert "has no format 'zip': use json or asm or takehome" in command(*known, "--format", "zip", "-o", "x").refusal
    assert "cannot write file/x: Not a directory" in command(*known, "-o", "file/x").refusal
    assert "cannot write .: Is a directory" in command(*known, "-o", ".").refusal
    assert "--output" in command(*known).refusal


def test_only_the_takehomes_kernel_is_exported_for_it(command: Command) -> None:
    task = ("fir", "--schedules", "1", "--workers", "0", "--inputs", "4")
    assert command("search", *task).code == 0
    refusal = command("export", "fir", "--format", "takehome", "-o", "x.py").refusal
    assert refusal.endswith("has no format 'takehome': use json or asm")


# trace


def test_trace_has_a_track_for_each_slot_and_a_counter_of_live_words(
    command: Command, results: Path, tmp_path: Path
) -> None:
    (entry,) = Leaderboard(results).entries()
    assert command("trace", ENTRY, "--results", results, "-o", "trace.json").code == 0
    events = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))["traceEvents"]
    tracks = {event["args"]["name"] for event in events if event["name"] == "thread_name"}
    slots = {engine.name: engine.slots for engine in load_machine("takehome").scored_engines}
    assert tracks == {f"{name} {position}" for name, count in slots.items() for position in range(count)}
    issued = [event for event in events if event["ph"] == "X"]
    assert len(issued) == sum(len(s) for b in Leaderboard(results).program(entry).bundles for s in b.values())
    assert {event["ts"] for event in issued} <= set(range(entry.cycles))
    live = [event["args"]["words"] for event in events if event["ph"] == "C" and "words" in event["args"]]
    assert 0 < max(live) <= 1536
    assert json.loads(command("trace", ENTRY, "--results", results, "-o", "-").out)["traceEvents"] == events
    (tmp_path / "file").touch()
    assert "cannot write file/x" in command("trace", ENTRY, "--results", results, "-o", "file/x").refusal
