"""A machine as tables, and back: what a machine model's file and a leaderboard entry hold.

``docs/machine_file.md`` says what each key means.
"""

import keyword
import re
from collections.abc import Mapping
from typing import Any

from machine.architecture import Engine, Machine
from machine.definition import Definition, Kind
from machine.expression import ExpressionError, names_in, parse_expression
from machine.limits import (
    MOST_ENGINES,
    MOST_LANES,
    MOST_LATENCY,
    MOST_NAME,
    MOST_OPCODES,
    MOST_OPERANDS,
    MOST_SCRATCH_WORDS,
    MOST_SLOTS,
    MOST_TEXT,
)
from machine.nearest import did_you_mean
from machine.opcodes import BUILT_IN_NAMES, VECTOR_ENGINE, Effect, Opcode, built_in_opcode, own_opcode
from machine.strict_table import StrictTable, shown
from machine.words import FUNCTIONS

MACHINE_KEYS = ("name", "vector_length", "scratch_words", "scratch_starts_zero", "engines", "opcodes")
ENGINE_KEYS = ("slots", "opcodes", "latency", "vector", "free")
OPCODE_KEYS = ("operands", "result", "vector", "summary")

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


def machine_from_data(data: Mapping[str, Any], origin: str) -> Machine:
    """The machine that a model's tables describe; ``origin`` says in errors where they come from.

    Raises:
        UserError: the tables are not a machine model; names the key.
    """
    model = StrictTable(data, f"machine model {origin}", known=MACHINE_KEYS)
    name = model.text("name", MOST_NAME)
    vector_length = model.integer("vector_length", 1, MOST_LANES)
    scratch_words = model.integer("scratch_words", 1, MOST_SCRATCH_WORDS)
    definitions = _definitions(model.table("opcodes", default={}))
    engines = _engines(model.table("engines"), definitions)
    machine = Machine(name, vector_length, scratch_words, engines, model.boolean("scratch_starts_zero", default=True))
    for unused in definitions:
        if unused not in machine.definitions:
            raise model.error("is in no engine's opcodes", "opcodes", unused)
    return machine


def machine_to_data(machine: Machine) -> dict[str, Any]:
    """The tables of a model, as :func:`machine_from_data` reads them."""
    data = {
        "name": machine.name,
        "vector_length": machine.vector_length,
        "scratch_words": machine.scratch_words,
        **({} if machine.scratch_starts_zero else {"scratch_starts_zero": False}),
        "engines": {engine.name: _engine_to_data(engine) for engine in machine.engines.values()},
    }
    own = {name: _definition_to_data(definition) for name, definition in machine.definitions.items()}
    return {**data, "opcodes": own} if own else data


def _engine_to_data(engine: Engine) -> dict[str, Any]:
    data = {
        "slots": engine.slots,
        "opcodes": list(engine.opcodes),
        "latency": dict(engine.latencies),
        "free": engine.free,
    }
    return {**data, "vector": engine.vector} if engine.is_unusual else data


def _definition_to_data(definition: Definition) -> dict[str, Any]:
    operands = [name if kind is Kind.LANE else f"{name}: {kind.value}" for name, kind in definition.operands]
    data: dict[str, Any] = {"operands": operands, "result": definition.text}
    if definition.vector is not None:
        data["vector"] = definition.vector
    return {**data, "summary": definition.summary} if definition.summary else data


# Engines


def _engines(tables: StrictTable, definitions: Mapping[str, Definition]) -> dict[str, Engine]:
    names = list(tables)
    if not 1 <= len(names) <= MOST_ENGINES:
        raise tables.error(f"must have 1 to {MOST_ENGINES} engines, not {len(names)}")
    engines = {}
    for name in names:
        _check_identifier(tables, name, "an engine's name")
        engines[name] = _engine(name, tables.table(name, ENGINE_KEYS), definitions)
    if all(engine.free for engine in engines.values()):
        raise tables.error("all engines are free, so that no program would take any time")
    return engines


def _engine(name: str, table: StrictTable, definitions: Mapping[str, Definition]) -> Engine:
    slots = table.integer("slots", 1, MOST_SLOTS)
    free, vector = table.boolean("free", default=False), table.boolean("vector", default=None)
    on_vectors = name == VECTOR_ENGINE if vector is None else vector
    opcodes = {}
    for position, opcode in enumerate(table.texts("opcodes", MOST_OPCODES)):
        if opcode not in definitions and opcode not in BUILT_IN_NAMES:
            hint = did_you_mean(opcode, (*definitions, *BUILT_IN_NAMES))
            raise table.error(f"there is no opcode {shown(opcode)}{hint}", "opcodes", position)
        opcodes[opcode] = _opcode(name, opcode, definitions, vector=on_vectors)
        if free and opcodes[opcode].effect is not Effect.NOTHING:
            raise table.error(f"{opcode} does something, so the engine cannot be free", "opcodes", position)
    return Engine(name, slots, opcodes, _latencies(table.table("latency", default={}), opcodes), free, vector)


def _opcode(engine: str, name: str, definitions: Mapping[str, Definition], *, vector: bool) -> Opcode:
    if name in definitions:
        return own_opcode(engine, definitions[name], vector=vector)
    return built_in_opcode(engine, name, vector=vector)


def _latencies(table: StrictTable, opcodes: Mapping[str, Opcode]) -> dict[str, int]:
    for name in table:
        if name not in opcodes:
            raise table.error(f"is not in the engine's opcodes{did_you_mean(name, opcodes)}", name)
    return {name: table.integer(name, 1, MOST_LATENCY) for name in table}


# Opcodes of one's own


def _definitions(tables: StrictTable) -> dict[str, Definition]:
    names = list(tables)
    if len(names) > MOST_OPCODES:
        raise tables.error(f"must have at most {MOST_OPCODES} opcodes, not {len(names)}")
    for name in names:
        if name in BUILT_IN_NAMES:
            raise tables.error("is a built-in opcode: give yours a name of its own", name)
        _check_identifier(tables, name, "an opcode's name")
    return {name: _definition(name, tables.table(name, OPCODE_KEYS)) for name in names}


def _definition(name: str, table: StrictTable) -> Definition:
    operands = _operands(table)
    text = table.paragraph("result", MOST_TEXT)
    try:
        result = parse_expression(text, operands)
    except ExpressionError as error:
        raise table.error(str(error), "result") from None
    for operand in operands:
        if operand not in names_in(result):
            raise table.error(f"the operand '{operand}' is not used", "result")
    summary = table.paragraph("summary", MOST_NAME, default="")
    return Definition(name, tuple(operands.items()), result, text, table.boolean("vector", default=None), summary)


def _operands(table: StrictTable) -> dict[str, Kind]:
    """Operands by name, from items such as ``a`` and ``n: number``."""
    operands: dict[str, Kind] = {}
    kinds = {kind.value: kind for kind in Kind}
    for position, item in enumerate(table.texts("operands", MOST_OPERANDS)):
        name, colon, kind = (part.strip() for part in item.partition(":"))
        if not _IDENTIFIER.fullmatch(name) or keyword.iskeyword(name) or name in (*FUNCTIONS, "d"):
            taken = "is the destination" if name == "d" else "cannot be the name of an operand"
            raise table.error(f"{shown(name)} {taken}: use a, b, c or the like", "operands", position)
        if name.lower() in map(str.lower, operands):
            why = "is listed twice" if name in operands else "differs from another operand by case alone"
            raise table.error(f"{shown(name)} {why}", "operands", position)
        if colon and kind not in kinds:
            raise table.error(
                f"there is no kind of operand {shown(kind)}{did_you_mean(kind, kinds)}", "operands", position
            )
        operands[name] = kinds[kind] if colon else Kind.LANE
    return operands


def _check_identifier(table: StrictTable, name: str, what: str) -> None:
    if not _IDENTIFIER.fullmatch(name):
        raise table.error(f"{what} has 1 to 40 letters, digits and _, and begins with no digit", name)
