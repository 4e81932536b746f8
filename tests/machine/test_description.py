"""Machines as tables, and what they have by being described so; mistakes are in ``test_mistakes.py``."""

from typing import Any

import pytest

from machine.definition import Kind
from machine.model import Machine, load_machine, machine_from_data, machine_to_data, model_names
from machine.opcodes import OPCODES, Effect, Role
from tests.generators import machines

TAKEHOME_DIGEST = "68e8336b83da4262daeaa81df1aac7bf4a3764d2eff57d28471376c9ed58e34f"
"""Entries name it: it may never change."""


def described(**changes: Any) -> Machine:
    """A small machine with opcodes of its own, and changes to its tables at the top."""
    data: dict[str, Any] = {
        "name": "example",
        "vector_length": 4,
        "scratch_words": 64,
        "engines": {
            "core": {"slots": 2, "opcodes": ["+", "load", "near"], "latency": {"near": 5}},
            "simd": {"slots": 1, "opcodes": ["+", "near", "only"], "vector": True},
        },
        "opcodes": {
            "near": {"operands": ["a", "b"], "result": "min(a - b, b - a)"},
            "only": {"operands": ["a", "b: word", "n: number"], "result": "a * b + n", "vector": False},
        },
    }
    return machine_from_data({**data, **changes}, "here")


def test_an_own_opcode_is_on_vectors_where_its_engines_arithmetic_is() -> None:
    machine = described()
    core, simd = machine.opcode("core", "near"), machine.opcode("simd", "near")
    assert core.roles == (Role.DEST, Role.SOURCE, Role.SOURCE)
    assert simd.roles == (Role.VECTOR_DEST, Role.VECTOR_SOURCE, Role.VECTOR_SOURCE)
    assert core.effect is simd.effect is Effect.OWN
    assert (machine.latency(core), machine.latency(simd)) == (5, 1)
    assert core.summary == "d <- min(a - b, b - a)"
    assert simd.summary == "d <- min(a - b, b - a), lane by lane"


def test_a_definition_may_say_that_it_is_on_words_or_vectors() -> None:
    assert described().opcode("simd", "only").roles == (Role.DEST, Role.SOURCE, Role.SOURCE, Role.IMMEDIATE)
    wide = {"near": described_opcode("near"), "only": {**described_opcode("only"), "vector": True}}
    roles = described(opcodes=wide).opcode("simd", "only").roles
    assert roles == (Role.VECTOR_DEST, Role.VECTOR_SOURCE, Role.SOURCE, Role.IMMEDIATE)


def described_opcode(name: str) -> dict[str, Any]:
    opcode: dict[str, Any] = machine_to_data(described())["opcodes"][name]
    return opcode


def test_kinds_of_operands_are_read() -> None:
    kinds = [kind for _, kind in described().definitions["only"].operands]
    assert kinds == [Kind.LANE, Kind.WORD, Kind.NUMBER]


def test_any_engine_may_have_any_built_in_opcode() -> None:
    machine = described()
    assert machine.opcode("core", "load").roles == OPCODES["load", "load"].roles
    assert machine.opcode("core", "load").engine == "core"
    assert machine.opcode("core", "+").roles == OPCODES["alu", "+"].roles
    assert machine.opcode("simd", "+").roles == OPCODES["valu", "+"].roles


def test_opcodes_are_found_by_name_on_all_engines_that_count() -> None:
    machine = described()
    assert [opcode.engine for opcode in machine.having("+")] == ["core", "simd"]
    assert [opcode.engine for opcode in machine.having("+", vector=True)] == ["simd"]
    assert [opcode.engine for opcode in machine.having("only", vector=False)] == ["simd"]
    assert load_machine("takehome").having("comment") == machine.having("const") == ()


@pytest.mark.parametrize("machine", [*map(load_machine, model_names()), *machines(), described()], ids=lambda m: m.name)
def test_a_machine_is_the_same_once_written_and_read(machine: Machine) -> None:
    again = machine_from_data(machine_to_data(machine), "again")
    assert again.digest == machine.digest
    assert machine_to_data(again) == machine_to_data(machine)


# Digests


def test_the_digest_of_takehome_is_what_it_ever_was() -> None:
    assert load_machine("takehome").digest == TAKEHOME_DIGEST


def test_a_machine_without_own_opcodes_is_described_as_ever() -> None:
    data = machine_to_data(load_machine("takehome"))
    assert list(data) == ["name", "vector_length", "scratch_words", "engines"]
    assert all(list(engine) == ["slots", "opcodes", "latency", "free"] for engine in data["engines"].values())


@pytest.mark.parametrize(
    "change",
    [
        {"result": "min(b - a, b - a) + a"},
        {"operands": ["b", "a"]},
        {"operands": ["a", "b: word"]},
        {"vector": True},
    ],
)
def test_the_digest_depends_on_what_own_opcodes_compute(change: dict[str, Any]) -> None:
    opcodes = {"near": {**described_opcode("near"), **change}, "only": described_opcode("only")}
    assert described(opcodes=opcodes).digest != described().digest


@pytest.mark.parametrize("change", [{"result": "min( (a-b), b-a )"}, {"summary": "how near"}])
def test_the_digest_does_not_depend_on_how_they_are_written(change: dict[str, Any]) -> None:
    opcodes = {"near": {**described_opcode("near"), **change}, "only": described_opcode("only")}
    assert described(opcodes=opcodes).digest == described().digest


def test_the_digest_depends_on_whether_arithmetic_is_on_vectors() -> None:
    data = machine_to_data(load_machine("takehome"))
    data["engines"]["alu"]["vector"] = True
    assert machine_from_data(data, "wide alu").digest != TAKEHOME_DIGEST
    data["engines"]["alu"]["vector"] = False
    assert machine_from_data(data, "as ever").digest == TAKEHOME_DIGEST


def test_variants_keep_own_opcodes() -> None:
    variant = described().variant("faster", latencies={("core", "near"): 1}, slots={"simd": 3})
    assert variant.definitions == described().definitions
    assert variant.latency(variant.opcode("core", "near")) == 1
