import os
from pathlib import Path

import pytest

import machine.model
from machine.errors import UserError
from machine.model import load_machine, model_names
from machine.opcodes import OPCODES

TAKEHOME = load_machine("takehome")

MODEL = """
name = "tiny"
vector_length = 4
scratch_words = 64

[engines.alu]
slots = 2
opcodes = ["+", "-"]
latency = {"-" = 3}

[engines.debug]
slots = 1
free = true
opcodes = ["comment"]
"""


def write(folder: Path, text: str) -> str:
    path = folder / "model.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_takehome_machine_is_as_specified() -> None:
    assert TAKEHOME.name == "takehome"
    assert (TAKEHOME.vector_length, TAKEHOME.scratch_words) == (8, 1536)
    slots = {engine.name: engine.slots for engine in TAKEHOME.engines.values()}
    assert slots == {"alu": 12, "valu": 6, "load": 2, "store": 2, "flow": 1, "debug": 64}
    assert [engine.name for engine in TAKEHOME.engines.values() if engine.free] == ["debug"]
    assert all(TAKEHOME.latency(opcode) == 1 for opcode in OPCODES.values())
    assert TAKEHOME.max_latency == 1


def test_scored_engines_are_all_but_the_free_ones_in_order() -> None:
    assert [engine.name for engine in TAKEHOME.scored_engines] == ["alu", "valu", "load", "store", "flow"]


def test_models_are_known_by_name() -> None:
    assert "takehome" in model_names()
    assert all(load_machine(name).name == name for name in model_names())


def test_a_model_is_read_from_a_file(tmp_path: Path) -> None:
    machine = load_machine(write(tmp_path, MODEL))
    assert (machine.name, machine.vector_length, machine.scratch_words) == ("tiny", 4, 64)
    assert machine.latency(OPCODES["alu", "-"]) == 3
    assert machine.latency(OPCODES["alu", "+"]) == 1
    assert machine.max_latency == 3
    assert machine.offers("alu", "+")
    assert not machine.offers("alu", "*")
    assert not machine.offers("valu", "+")
    assert machine.opcode("alu", "+") is OPCODES["alu", "+"]
    with pytest.raises(KeyError):
        machine.opcode("alu", "*")


@pytest.mark.parametrize("name", ["nope", "", "takehome.tom", "nowhere/takehome.toml"])
def test_an_unknown_machine_is_a_user_error(name: str) -> None:
    with pytest.raises(UserError, match="machine"):
        load_machine(name)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"unknown machine 'nope': use .*takehome.*; or give the path"):
        load_machine("nope")
    with pytest.raises(UserError, match=r"unknown machine 'take_home': did you mean 'takehome'\?"):
        load_machine("take_home")


def test_a_model_file_that_cannot_be_read_is_a_user_error(tmp_path: Path) -> None:
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (folder, binary, tmp_path / "missing.toml"):
        with pytest.raises(UserError, match="cannot read machine model"):
            load_machine(str(path))


def test_a_variant_differs_in_what_is_given_and_in_nothing_else() -> None:
    variant = TAKEHOME.variant("v", slots={"alu": 3}, latencies={("alu", "+"): 4})
    assert (variant.name, variant.engines["alu"].slots, variant.latency(OPCODES["alu", "+"])) == ("v", 3, 4)
    assert variant.latency(OPCODES["valu", "+"]) == 1
    assert (variant.vector_length, variant.scratch_words) == (8, 1536)
    assert variant.engines["valu"] == TAKEHOME.engines["valu"]
    assert list(variant.engines) == list(TAKEHOME.engines)
    assert TAKEHOME.engines["alu"].slots == 12


def test_variants_of_a_variant_keep_its_latencies() -> None:
    variant = TAKEHOME.variant("v", latencies={("alu", "+"): 4}).variant("w", latencies={("alu", "-"): 2})
    assert [variant.latency(OPCODES["alu", name]) for name in "+-*"] == [4, 2, 1]
    assert variant.max_latency == 4


@pytest.mark.parametrize(
    "change",
    [
        {"vector_length": 4},
        {"scratch_words": 100},
        {"slots": {"alu": 3}},
        {"slots": {"debug": 3}},
        {"latencies": {("alu", "+"): 2}},
        {"latencies": {("valu", "+"): 2}},
    ],
)
def test_the_digest_changes_with_whatever_a_program_can_tell(change: dict[str, object]) -> None:
    assert TAKEHOME.variant("takehome", **change).digest != TAKEHOME.digest  # type: ignore[arg-type]


def test_the_digest_does_not_depend_on_the_name_nor_on_latencies_spelt_out() -> None:
    assert TAKEHOME.variant("other").digest == TAKEHOME.digest
    assert TAKEHOME.variant("other", latencies={("alu", "+"): 1}).digest == TAKEHOME.digest


def test_the_digest_depends_on_the_opcodes(tmp_path: Path) -> None:
    full = load_machine(write(tmp_path, MODEL))
    fewer = load_machine(write(tmp_path, MODEL.replace('["+", "-"]', '["-"]')))
    assert full.digest != fewer.digest


@pytest.mark.parametrize(
    "change",
    [{"vector_length": 10**9}, {"scratch_words": 10**9}, {"slots": {"alu": 1025}}, {"latencies": {("alu", "+"): 257}}],
)
def test_variants_have_the_limits_of_files(change: dict[str, object]) -> None:
    with pytest.raises(UserError, match=r"machine large: .* is more than the .* that there may be"):
        TAKEHOME.variant("large", **change)  # type: ignore[arg-type]


def test_equal_machines_are_equal_and_hash_alike() -> None:
    a, b = load_machine("takehome"), TAKEHOME.variant("takehome")
    assert a == b
    assert hash(a) == hash(b)
    assert a != TAKEHOME.variant("takehome", slots={"alu": 3})


def test_a_file_may_not_take_a_known_machines_name_for_another_machine(tmp_path: Path) -> None:
    text = (Path(machine.model.__file__).with_name("models") / "takehome.toml").read_text(encoding="utf-8")
    path = tmp_path / "copy.toml"
    path.write_text(text, encoding="utf-8")
    assert load_machine(str(path)) == load_machine("takehome")
    path.write_text(text.replace("scratch_words = 1536", "scratch_words = 3072"), encoding="utf-8")
    with pytest.raises(UserError, match="give it a name of its own"):
        load_machine(str(path))


def test_a_pipe_is_no_machine_model(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(UserError, match=r"cannot read machine model .*pipe\.toml: it is no plain file"):
        load_machine(str(tmp_path / "pipe.toml"))
