"""Assembly: what is written reads back to the bit, and what is no assembly is refused by line."""

from pathlib import Path
from random import Random

import pytest

from machine.assembly import NamedWords, SlotNote, load_any_program, plain_name, read_assembly, write_assembly
from machine.errors import UserError
from machine.model import load_machine, model_names
from machine.program import Program, Slot

PROGRAM = Program(
    (
        {"load": (("const", 0, 7), ("const", 9, -8)), "alu": ()},
        {},
        {"debug": (("comment", "free; of charge = 1"), ("compare", 3, ["a", 2])), "alu": (("+", 2, 0, 9),)},
        {"alu": (("*", 3, 0, 1),), "flow": (("halt",),)},
    )
)


def again(text: str) -> Program:
    return read_assembly(text, "text")


def same(program: Program, other: Program) -> bool:
    """Engines in their order included."""
    return program.dumps() == other.dumps()


def random_program(random: Random, machine: str) -> Program:
    def slot(opcodes: list[tuple[str, int]]) -> Slot:
        name, operands = random.choice(opcodes)
        return (name, *(random.randrange(-5, 2000) for _ in range(operands)))

    engines = [engine for engine in load_machine(machine).engines.values() if not engine.free]
    bundles = []
    for _ in range(random.randrange(20)):
        some = random.sample(engines, random.randrange(len(engines) + 1))
        opcodes = {e.name: [(o.name, len(o.operands)) for o in e.opcodes.values()] for e in some}
        bundles.append({name: tuple(slot(of) for _ in range(random.randrange(4))) for name, of in opcodes.items()})
    return Program(tuple(bundles))


def test_a_program_reads_back() -> None:
    assert same(again(write_assembly(PROGRAM)), PROGRAM)


@pytest.mark.parametrize("machine", model_names())
def test_programs_of_every_machine_read_back(machine: str) -> None:
    random = Random(machine)
    for _ in range(20):
        program = random_program(random, machine)
        assert same(again(write_assembly(program, ["about; it"])), program)


def test_names_stand_for_addresses() -> None:
    names = [NamedWords("x", 0, 2), NamedWords("y", 8, 4)]
    notes = {("load", 0): SlotNote(("x", "7"), "first"), ("load", 1): SlotNote(("y[1]",))}
    text = write_assembly(PROGRAM, [], names, lambda _, engine, position: notes.get((engine, position), SlotNote()))
    assert "x, 7 " in text
    assert "; first" in text
    assert "y[1], -8\n" in text
    assert same(again(text), PROGRAM)


def test_a_name_that_is_not_the_operands_is_not_written() -> None:
    wrong = SlotNote(("z", "y[4]", "5", "y"))
    text = write_assembly(PROGRAM, [], [NamedWords("y", 8, 4)], lambda *_: wrong)
    assert same(again(text), PROGRAM)


def test_text_by_hand_reads() -> None:
    text = "; a comment\n\n.buffer sum.3 12 8 ; eight\n0: ; first\n\talu  +  sum.3[2],3 , sum.3;end\n  flow halt;\n1:\n"
    expected = Program(({"alu": (("+", 14, 3, 12),), "flow": (("halt;",),)}, {}))
    found = again(text.replace("halt;", "halt ;"))
    assert found.to_json()[0]["alu"] == expected.to_json()[0]["alu"]
    assert found.to_json()[0]["flow"] == [["halt"]]
    assert found.to_json()[1] == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("alu + 1, 2, 3", "line 1: a slot before the first bundle"),
        ("0:\n2:", "line 2: expected '1:' alone"),
        ("0: alu", "line 1: expected '0:' alone"),
        ("0:\nalu + 1, b", "line 2: nothing is called 'b'"),
        ("0:\nalu + 1, , 2", "line 2: '' is neither a number nor a name"),
        ("0:\nalu + 1 2", "line 2: '1 2' is neither"),
        (".buffer a 0 2\n0:\nalu + a[2]", "line 3: 'a' has 2 words, no word 2"),
        (".buffer a 0 2\n.buffer a 1 2", "line 2: 'a' is the name of other words already"),
        (".buffer a 0", "line 1: expected '.buffer NAME ADDRESS WORDS'"),
        (".words a 0 1", "line 1: expected '.buffer NAME ADDRESS WORDS'"),
        (".buffer a x 1", "line 1: "),
        ("0:\ndebug comment = [1] 2", "line 2: '=' is followed by a JSON list"),
        ("0:\ndebug comment = {", "line 2: "),
        ("0:\ndebug comment = " + "[" * 200_000, "line 2: brackets are nested too deeply"),
        ('0:\nalu + = ["x"]', "operands of + must be integers"),
    ],
)
def test_other_texts_are_refused_by_line(text: str, problem: str) -> None:
    with pytest.raises(UserError) as refused:
        again(text)
    assert problem in str(refused.value)


@pytest.mark.parametrize("name", ["a b", "", ".x", "3:", "a;b"])
def test_engines_that_a_line_cannot_hold_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="assembly cannot hold"):
        write_assembly(Program(({name: ()},)))


@pytest.mark.parametrize("text", ["const 0x1", "7", "", "a,b;c[1]=2", "-x", "tap 0*", "größe"])
def test_plain_names_are_names(text: str) -> None:
    name = plain_name(text)
    program = Program(({"alu": (("+", 5, 5, 5),)},))
    written = write_assembly(program, [], [NamedWords(name, 5, 1)], lambda *_: SlotNote((name, name, name)))
    assert written.count(name) >= 4
    assert same(again(written), program)


def test_files_are_assembly_by_their_suffix(tmp_path: Path) -> None:
    (tmp_path / "p.asm").write_text(write_assembly(PROGRAM), encoding="utf-8")
    (tmp_path / "p.json").write_text(PROGRAM.dumps(), encoding="utf-8")
    assert same(load_any_program(tmp_path / "p.asm"), load_any_program(tmp_path / "p.json"))
    with pytest.raises(UserError, match="cannot read"):
        load_any_program(tmp_path / "none.asm")
    (tmp_path / "bytes.asm").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="UTF-8"):
        load_any_program(tmp_path / "bytes.asm")
