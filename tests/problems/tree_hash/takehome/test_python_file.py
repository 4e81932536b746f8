"""The take-home's file: it stands alone, and runs right on a simulator that shares nothing with ours.

The simulator here is written from the specification of the machine alone.
"""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from machine.model import load_machine
from machine.program import Program, program_from_json
from problems.exporter import ExportedProgram
from problems.tree_hash.takehome.python_file import export_takehome
from search.scratch.lifetimes import find_lifetimes
from search.scratch.scratch_map import scratch_map
from search.tasks.task import TaskName
from tests.search.problems import candidate_of

VECTOR = 8
SCRATCH = 1536
SLOTS = {"alu": 12, "valu": 6, "load": 2, "store": 2, "flow": 1, "debug": 64}
WORD = 2**32

ALU: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "cdiv": lambda a, b: (a + b - 1) // b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "<<": lambda a, b: a << b if b < 32 else 0,
    ">>": lambda a, b: a >> b if b < 32 else 0,
    "%": lambda a, b: a % b,
    "<": lambda a, b: int(a < b),
    "==": lambda a, b: int(a == b),
}

Writes = Iterator[tuple[str, int, int]]


def writes_of(engine: str, slot: tuple[Any, ...], s: list[int], m: list[int]) -> Writes:
    """What a slot of straight-line code writes: ("s" or "m", address, word)."""
    name, *x = slot
    lanes = range(VECTOR)
    match engine, name:
        case "alu", _:
            yield "s", x[0], ALU[name](s[x[1]], s[x[2]])
        case "valu", "vbroadcast":
            yield from (("s", x[0] + i, s[x[1]]) for i in lanes)
        case "valu", "multiply_add":
            yield from (("s", x[0] + i, s[x[1] + i] * s[x[2] + i] + s[x[3] + i]) for i in lanes)
        case "valu", _:
            yield from (("s", x[0] + i, ALU[name](s[x[1] + i], s[x[2] + i])) for i in lanes)
        case "load", "load":
            yield "s", x[0], m[s[x[1]]]
        case "load", "load_offset":
            yield "s", x[0] + x[2], m[s[x[1] + x[2]]]
        case "load", "vload":
            yield from (("s", x[0] + i, m[s[x[1]] + i]) for i in lanes)
        case "load", "const":
            yield "s", x[0], x[1]
        case "store", "store":
            yield "m", s[x[0]], s[x[1]]
        case "store", "vstore":
            yield from (("m", s[x[0]] + i, s[x[1] + i]) for i in lanes)
        case "flow", "select":
            yield "s", x[0], s[x[2]] if s[x[1]] else s[x[3]]
        case "flow", "vselect":
            yield from (("s", x[0] + i, s[x[2] + i] if s[x[1] + i] else s[x[3] + i]) for i in lanes)
        case "flow", "add_imm":
            yield "s", x[0], s[x[1]] + x[2]
        case _:
            raise ValueError(f"{engine} {name} is not for straight-line code")


def run(instructions: list[dict[str, list[tuple[Any, ...]]]], memory: list[int]) -> tuple[int, list[int]]:
    """Cycles and final memory."""
    scratch, memory, cycles = [0] * SCRATCH, list(memory), 0
    for bundle in instructions:
        cycles += any(engine != "debug" for engine in bundle)
        writes: list[tuple[str, int, int]] = []
        for engine, slots in bundle.items():
            assert len(slots) <= SLOTS[engine]
            if engine != "debug":
                writes += [write for slot in slots for write in writes_of(engine, slot, scratch, memory)]
        for space, address, word in writes:
            words = scratch if space == "s" else memory
            assert 0 <= address < len(words)
            words[address] = word % WORD
    return cycles, memory


SHAPES = (
    TaskName("tree_hash", "height=2,rounds=4,batch=16", "values", load_machine("takehome")),
    TaskName("tree_hash", "height=1,rounds=3,batch=11", "values+indices", load_machine("takehome")),
    TaskName("tree_hash", "height=4,rounds=6,batch=32", "values", load_machine("takehome")),
)


@cache
def exported(name: TaskName) -> str:
    task, candidate = candidate_of(name)
    lifetimes = find_lifetimes(candidate.prepared.flat, candidate.decision.schedule)
    names = scratch_map(candidate.prepared.graph, candidate.decision.addresses.tolist(), lifetimes)
    return export_takehome(ExportedProgram(task.shape, task.category, candidate.program, candidate.cycles, names))


def builder_of(name: TaskName) -> Any:
    """The file's ``KernelBuilder``, the file being given nothing but Python."""
    names: dict[str, Any] = {"__name__": "perf_takehome"}
    exec(exported(name), names)
    return names["KernelBuilder"]()


def asked(name: TaskName) -> tuple[int, int, int, int]:
    shape = candidate_of(name)[0].shape
    return shape["height"], 2 ** (shape["height"] + 1) - 1, shape["batch"], shape["rounds"]


@pytest.fixture(params=SHAPES, ids=lambda name: name.shape)
def name(request: pytest.FixtureRequest) -> TaskName:
    found = request.param
    assert isinstance(found, TaskName)
    return found


def test_the_file_imports_nothing(name: TaskName) -> None:
    tree = ast.parse(exported(name))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert "__import__" not in exported(name)


def test_the_file_says_what_it_is_for_and_asks_to_stay_private(name: TaskName) -> None:
    task, candidate = candidate_of(name)
    text = ast.get_docstring(ast.parse(exported(name)))
    assert text is not None
    assert f"({task.category}), {candidate.cycles} cycles" in text
    assert name.shape in text
    assert "do not publish this file" in text


def test_its_program_reproduces_the_reference_on_a_machine_that_is_not_ours(name: TaskName) -> None:
    task, candidate = candidate_of(name)
    builder = builder_of(name)
    builder.build_kernel(*asked(name))
    memories = task.problem.inputs(task.shape, 8, 99)
    for memory, final in zip(memories, task.problem.reference(task.shape, memories), strict=True):
        cycles, found = run(builder.instrs, memory.tolist())
        assert cycles == candidate.cycles
        for words in task.problem.outputs(task.shape, task.category):
            assert found[words.start : words.stop] == final[words.start : words.stop].tolist()


def test_its_program_is_the_candidates_to_the_slot(name: TaskName) -> None:
    builder = builder_of(name)
    builder.build_kernel(*asked(name))
    bundles = [{engine: [list(slot) for slot in slots] for engine, slots in b.items()} for b in builder.instrs]
    assert program_from_json(bundles).digest == candidate_of(name)[1].program.digest
    assert isinstance(candidate_of(name)[1].program, Program)


def test_every_slot_is_a_tuple_of_a_name_and_integers(name: TaskName) -> None:
    builder = builder_of(name)
    builder.build_kernel(*asked(name))
    slots = [slot for bundle in builder.instrs for each in bundle.values() for slot in each]
    assert slots
    assert {type(slot) for slot in slots} == {tuple}
    assert {type(word) for slot in slots for word in slot[1:]} == {int}


@pytest.mark.parametrize("place", range(4))
def test_another_shape_is_refused(name: TaskName, place: int) -> None:
    other = [number + (position == place) for position, number in enumerate(asked(name))]
    with pytest.raises(ValueError, match="this program is for"):
        builder_of(name).build_kernel(*other)


def test_instructions_are_there_only_once_they_are_built(name: TaskName) -> None:
    builder = builder_of(name)
    assert builder.instrs == []
    builder.build_kernel(*asked(name))
    again = builder_of(name)
    again.build_kernel(*asked(name))
    assert again.instrs == builder.instrs
    again.instrs[0].clear()
    fresh = type(again)()
    fresh.build_kernel(*asked(name))
    assert fresh.instrs == builder.instrs


def test_debug_info_names_scratch_without_overlaps(name: TaskName) -> None:
    found = builder_of(name).debug_info().scratch_map
    assert found
    end = 0
    for address, (named, length) in sorted(found.items()):
        assert isinstance(named, str)
        assert length >= 1
        assert address >= end
        end = address + length
    assert end <= SCRATCH


def test_the_simulator_of_this_file_knows_the_machines_corners() -> None:
    """Reads come before writes, the later slot and engine win, and a bundle of nothing is free."""
    assert run([{}, {"debug": [("comment", "x")]}, {"alu": []}], []) == (1, [])
    swap: list[dict[str, list[tuple[Any, ...]]]] = [
        {"load": [("const", 0, 3), ("const", 1, -1)]},
        {"alu": [("+", 0, 1, 9), ("+", 1, 0, 9)]},
        {"store": [("store", 9, 0), ("store", 9, 1)]},
    ]
    assert run(swap, [0]) == (3, [3])
    clash: list[dict[str, list[tuple[Any, ...]]]] = [
        {"load": [("const", 0, 5)], "flow": [("add_imm", 0, 9, 7)]},
        {"store": [("store", 9, 0)]},
    ]
    assert run(clash, [0]) == (2, [7])
    assert run([dict(reversed(clash[0].items())), clash[1]], [0]) == (2, [5])
