import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.model import load_machine
from machine.opcodes import ARITHMETIC, CONTROL, DIVISIONS, OPCODES, Effect, Role

TAKEHOME = load_machine("takehome")

words = st.integers(0, 2**32 - 1) | st.sampled_from((0, 1, 31, 32, 33, 2**31, 2**32 - 1))


def test_the_takehome_machine_has_every_opcode_of_the_table() -> None:
    offered = {(engine.name, name) for engine in TAKEHOME.engines.values() for name in engine.opcodes}
    assert offered == set(OPCODES)


def test_opcodes_are_found_under_their_engine_and_name() -> None:
    assert all((opcode.engine, opcode.name) == key for key, opcode in OPCODES.items())


def test_every_opcode_has_a_line_of_documentation() -> None:
    assert all(opcode.summary and "\n" not in opcode.summary for opcode in OPCODES.values())


def test_operand_names_are_distinct() -> None:
    for opcode in OPCODES.values():
        names = [name for name, _ in opcode.operands]
        assert len(set(names)) == len(names)


def test_valu_has_the_alu_arithmetic_on_vectors() -> None:
    for name in ARITHMETIC:
        alu, valu = OPCODES["alu", name], OPCODES["valu", name]
        assert alu.roles == (Role.DEST, Role.SOURCE, Role.SOURCE)
        assert valu.roles == (Role.VECTOR_DEST, Role.VECTOR_SOURCE, Role.VECTOR_SOURCE)
        assert alu.effect is valu.effect is Effect.BINARY


def test_no_opcode_writes_scratch_but_through_its_first_operand() -> None:
    for opcode in OPCODES.values():
        assert not any(role.is_written for role in opcode.roles[1:])


def test_memory_is_touched_by_load_and_store_engines_alone() -> None:
    readers = {name for (_, name), opcode in OPCODES.items() if opcode.reads_memory}
    writers = {name for (_, name), opcode in OPCODES.items() if opcode.writes_memory}
    assert readers == {"load", "load_offset", "vload"}
    assert writers == {"store", "vstore"}


def test_vector_accesses_touch_a_vector_of_memory_words() -> None:
    touched = {
        name: opcode.memory_words(5) for (engine, name), opcode in OPCODES.items() if engine in ("load", "store")
    }
    assert touched == {"load": 1, "load_offset": 1, "vload": 5, "const": 0, "store": 1, "vstore": 5}


def test_control_opcodes_write_no_scratch() -> None:
    assert not any(role.is_written for op in OPCODES.values() if op.effect in CONTROL for role in op.roles)


def test_scratch_accesses_name_every_word_an_opcode_touches() -> None:
    vector = list(OPCODES["valu", "vbroadcast"].scratch_accesses((16, 3), 8))
    assert vector == [(Role.VECTOR_DEST, 16, 8), (Role.SOURCE, 3, 1)]
    offset = list(OPCODES["load", "load_offset"].scratch_accesses((16, 32, 5), 8))
    assert offset == [(Role.DEST, 21, 1), (Role.SOURCE, 37, 1)]
    assert list(OPCODES["load", "const"].scratch_accesses((16, 99), 8)) == [(Role.DEST, 16, 1)]
    assert list(OPCODES["debug", "comment"].scratch_accesses((16,), 8)) == []


@pytest.mark.parametrize(
    ("name", "a", "b", "result"),
    [
        ("+", 2**32 - 1, 2, 1),
        ("-", 0, 1, 2**32 - 1),
        ("*", 2**31 + 1, 2, 2),
        ("//", 7, 2, 3),
        ("//", 2**32 - 1, 2**31, 1),
        ("cdiv", 7, 2, 4),
        ("cdiv", 0, 9, 0),
        ("cdiv", 2**32 - 1, 2**32 - 1, 1),
        ("cdiv", 2**32 - 1, 2, 2**31),
        ("%", 2**32 - 1, 10, 5),
        ("<<", 1, 31, 2**31),
        ("<<", 1, 32, 0),
        ("<<", 3, 31, 2**31),
        ("<<", 1, 2**32 - 1, 0),
        (">>", 2**31, 31, 1),
        (">>", 2**32 - 1, 32, 0),
        (">>", 2**32 - 1, 2**31, 0),
        ("<", 1, 2**31, 1),
        ("<", 2**31, 1, 0),
        ("<", 4, 4, 0),
        ("==", 4, 4, 1),
        ("==", 4, 5, 0),
        ("^", 12, 10, 6),
        ("&", 12, 10, 8),
        ("|", 12, 10, 14),
    ],
)
def test_arithmetic(name: str, a: int, b: int, result: int) -> None:
    assert ARITHMETIC[name](a, b) == result


@pytest.mark.parametrize("name", ARITHMETIC)
@given(a=words, b=words)
def test_arithmetic_gives_words(name: str, a: int, b: int) -> None:
    if name in DIVISIONS:
        b = max(b, 1)
    assert 0 <= ARITHMETIC[name](a, b) < 2**32


@given(a=words, b=words.filter(bool))
def test_cdiv_rounds_up_where_floor_division_rounds_down(a: int, b: int) -> None:
    assert ARITHMETIC["cdiv"](a, b) == ARITHMETIC["//"](a, b) + (ARITHMETIC["%"](a, b) > 0)


@pytest.mark.parametrize("name", sorted(DIVISIONS))
def test_divisions_by_0_are_python_errors_that_simulators_turn_into_faults(name: str) -> None:
    with pytest.raises(ZeroDivisionError):
        ARITHMETIC[name](1, 0)
