"""The opcode table: the single source for both simulators, the legality checker and the reference page.

An opcode belongs to one engine and has named operands; each operand's :class:`Role` says what its integer means.
Which engines there are, and which opcodes each runs, is a machine's affair: the engines named here are those that an
opcode usually belongs to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from functools import cached_property

from machine.definition import Definition, Kind
from machine.words import ARITHMETIC, DIVISIONS, WORD_MASK

__all__ = [
    "ARITHMETIC",
    "BUILT_IN_NAMES",
    "CONTROL",
    "DIVISIONS",
    "Effect",
    "LANEWISE",
    "MEMORY_READS",
    "MEMORY_WRITES",
    "NOT_EXECUTED",
    "OPCODES",
    "Opcode",
    "Role",
    "VECTOR_ENGINE",
    "WORD_MASK",
    "built_in_opcode",
    "own_opcode",
]

VECTOR_ENGINE = "valu"
"""The engine whose arithmetic is on vectors unless its machine says otherwise; on all others it is on words."""


class Role(Enum):
    """What the integer in an operand's place means."""

    DEST = "scratch word written"
    SOURCE = "scratch word read"
    VECTOR_DEST = "first of vector-length scratch words written"
    VECTOR_SOURCE = "first of vector-length scratch words read"
    LANE = "offset added to destination and source"
    IMMEDIATE = "number"
    ANYTHING = "ignored"

    @cached_property
    def is_scratch(self) -> bool:
        """Whether the operand is a scratch address."""
        return self in (Role.DEST, Role.SOURCE, Role.VECTOR_DEST, Role.VECTOR_SOURCE)

    @cached_property
    def is_vector(self) -> bool:
        """Whether the operand covers a whole vector of words."""
        return self in (Role.VECTOR_DEST, Role.VECTOR_SOURCE)

    @cached_property
    def is_written(self) -> bool:
        """Whether the operand's words are written."""
        return self in (Role.DEST, Role.VECTOR_DEST)


class Effect(IntEnum):
    """What an opcode does, apart from which arithmetic it applies."""

    BINARY = 0
    MULTIPLY_ADD = 1
    BROADCAST = 2
    LOAD = 3
    LOAD_OFFSET = 4
    LOAD_VECTOR = 5
    CONST = 6
    STORE = 7
    STORE_VECTOR = 8
    SELECT = 9
    ADD_IMMEDIATE = 10
    HALT = 11
    JUMP_IF = 12
    JUMP_IF_RELATIVE = 13
    JUMP = 14
    JUMP_INDIRECT = 15
    CORE_ID = 16
    TRACE = 17
    NOTHING = 18
    OWN = 19


MEMORY_READS = frozenset({Effect.LOAD, Effect.LOAD_OFFSET, Effect.LOAD_VECTOR})
MEMORY_WRITES = frozenset({Effect.STORE, Effect.STORE_VECTOR})
LANEWISE = (Effect.BINARY, Effect.MULTIPLY_ADD, Effect.SELECT, Effect.OWN)
CONTROL = frozenset(
    {Effect.HALT, Effect.JUMP_IF, Effect.JUMP_IF_RELATIVE, Effect.JUMP, Effect.JUMP_INDIRECT, Effect.TRACE}
)


@dataclass(frozen=True)
class Opcode:
    """One opcode of one engine: its operands in order, its effect, and a line of documentation.

    ``definition`` says what it computes where the effect is :attr:`Effect.OWN`.
    """

    engine: str
    name: str
    operands: tuple[tuple[str, Role], ...]
    effect: Effect
    summary: str
    definition: Definition | None = None

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """The operands' roles, in order."""
        return tuple(role for _, role in self.operands)

    @property
    def is_vector(self) -> bool:
        """Whether it acts on a vector of lanes."""
        return any(role.is_vector for role in self.roles)

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """What each operand besides the destination is to an opcode that acts lane by lane."""
        if self.definition is not None:
            return tuple(kind for _, kind in self.definition.operands)
        return (Kind.LANE,) * (len(self.operands) - 1)

    @property
    def reads_memory(self) -> bool:
        """Whether it reads memory words."""
        return self.effect in MEMORY_READS

    @property
    def writes_memory(self) -> bool:
        """Whether it writes memory words."""
        return self.effect in MEMORY_WRITES

    def memory_words(self, vector_length: int) -> int:
        """How many consecutive memory words one slot touches."""
        if self.effect in (Effect.LOAD_VECTOR, Effect.STORE_VECTOR):
            return vector_length
        return 1 if self.reads_memory or self.writes_memory else 0

    def scratch_accesses(self, operands: Sequence[int], vector_length: int) -> Iterator[tuple[Role, int, int]]:
        """Yield ``(role, first address, words)`` for every scratch operand, in operand order."""
        lane = operands[2] if self.effect is Effect.LOAD_OFFSET else 0
        for role, value in zip(self.roles, operands, strict=True):
            if role.is_scratch:
                yield role, value + lane, vector_length if role.is_vector else 1


def _binary(engine: str, dest: Role, source: Role) -> Iterator[Opcode]:
    for name in ARITHMETIC:
        operands = (("d", dest), ("a", source), ("b", source))
        summary = "d <- a cdiv b (rounded up)" if name == "cdiv" else f"d <- a {name} b"
        yield Opcode(engine, name, operands, Effect.BINARY, summary + (", lane by lane" if dest.is_vector else ""))


def _table() -> Iterator[Opcode]:
    d, s, vd, vs = Role.DEST, Role.SOURCE, Role.VECTOR_DEST, Role.VECTOR_SOURCE
    number, anything = Role.IMMEDIATE, Role.ANYTHING
    yield from _binary("alu", d, s)
    yield from _binary("valu", vd, vs)
    yield Opcode("valu", "vbroadcast", (("d", vd), ("a", s)), Effect.BROADCAST, "every lane of d <- a")
    yield Opcode(
        "valu",
        "multiply_add",
        (("d", vd), ("a", vs), ("b", vs), ("c", vs)),
        Effect.MULTIPLY_ADD,
        "d <- a * b + c, lane by lane",
    )
    yield Opcode("load", "load", (("d", d), ("a", s)), Effect.LOAD, "d <- memory[a]")
    yield Opcode(
        "load",
        "load_offset",
        (("d", d), ("a", s), ("k", Role.LANE)),
        Effect.LOAD_OFFSET,
        "word d+k <- memory[word a+k]",
    )
    yield Opcode("load", "vload", (("d", vd), ("a", s)), Effect.LOAD_VECTOR, "d <- memory[a ..], a vector")
    yield Opcode("load", "const", (("d", d), ("n", number)), Effect.CONST, "d <- n")
    yield Opcode("store", "store", (("a", s), ("s", s)), Effect.STORE, "memory[a] <- s")
    yield Opcode("store", "vstore", (("a", s), ("s", vs)), Effect.STORE_VECTOR, "memory[a ..] <- s, a vector")
    select = (("d", d), ("c", s), ("a", s), ("b", s))
    yield Opcode("flow", "select", select, Effect.SELECT, "d <- a if c is not 0 else b")
    vselect = (("d", vd), ("c", vs), ("a", vs), ("b", vs))
    yield Opcode("flow", "vselect", vselect, Effect.SELECT, "d <- a if c is not 0 else b, lane by lane")
    yield Opcode("flow", "add_imm", (("d", d), ("a", s), ("n", number)), Effect.ADD_IMMEDIATE, "d <- a + n")
    yield Opcode("flow", "halt", (), Effect.HALT, "stop after this step")
    yield Opcode("flow", "pause", (), Effect.NOTHING, "nothing")
    yield Opcode("flow", "cond_jump", (("c", s), ("n", number)), Effect.JUMP_IF, "if c is not 0: pc <- n")
    yield Opcode(
        "flow", "cond_jump_rel", (("c", s), ("n", number)), Effect.JUMP_IF_RELATIVE, "if c is not 0: pc <- pc + n"
    )
    yield Opcode("flow", "jump", (("n", number),), Effect.JUMP, "pc <- n")
    yield Opcode("flow", "jump_indirect", (("a", s),), Effect.JUMP_INDIRECT, "pc <- a")
    yield Opcode("flow", "coreid", (("d", d),), Effect.CORE_ID, "d <- 0")
    yield Opcode("flow", "trace_write", (("a", s),), Effect.TRACE, "append a to the trace")
    yield Opcode("debug", "compare", (("a", anything), ("key", anything)), Effect.NOTHING, "ignored")
    yield Opcode("debug", "vcompare", (("a", anything), ("keys", anything)), Effect.NOTHING, "ignored")
    yield Opcode("debug", "comment", (("text", anything),), Effect.NOTHING, "ignored")


OPCODES: Mapping[tuple[str, str], Opcode] = {(opcode.engine, opcode.name): opcode for opcode in _table()}
"""Every built-in opcode by (usual engine, name)."""

BUILT_IN_NAMES = tuple(dict.fromkeys(name for _, name in OPCODES))
"""The names of built-in opcodes."""

NOT_EXECUTED = frozenset(
    opcode.name for opcode in OPCODES.values() if all(role is Role.ANYTHING for role in opcode.roles)
)
"""Names of opcodes whose operands, if any, are ignored."""


def built_in_opcode(engine: str, name: str, *, vector: bool) -> Opcode:
    """The built-in opcode of that name, on any engine; arithmetic is on vectors or on words.

    Raises:
        KeyError: there is none of that name.
    """
    forms = [opcode for opcode in OPCODES.values() if opcode.name == name]
    if not forms:
        raise KeyError(name)
    found = next((opcode for opcode in forms if opcode.is_vector == vector), forms[0])
    return found if found.engine == engine else replace(found, engine=engine)


def own_opcode(engine: str, definition: Definition, *, vector: bool) -> Opcode:
    """An opcode as a machine defines it, on one of its engines; ``vector`` counts where the definition says nothing."""
    on_vectors = vector if definition.vector is None else definition.vector
    roles = {
        Kind.LANE: Role.VECTOR_SOURCE if on_vectors else Role.SOURCE,
        Kind.WORD: Role.SOURCE,
        Kind.NUMBER: Role.IMMEDIATE,
    }
    d = ("d", Role.VECTOR_DEST if on_vectors else Role.DEST)
    operands = (d, *((name, roles[kind]) for name, kind in definition.operands))
    effect = f"d <- {definition.text}" + (", lane by lane" if on_vectors else "")
    summary = f"{effect}: {definition.summary}" if definition.summary else effect
    return Opcode(engine, definition.name, operands, Effect.OWN, summary, definition)
