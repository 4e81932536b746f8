"""Implementations by the names of opcodes: one for each engine of a machine that has the opcode."""

from machine.errors import MissingOpcodeError
from machine.graph.operation import Implementation, MemoryRange, Operand, SlotRun
from machine.model import Machine
from machine.nearest import did_you_mean
from machine.opcodes import BUILT_IN_NAMES


def implementations_of(
    machine: Machine,
    opcode: str,
    operands: tuple[Operand | int, ...],
    count: int = 1,
    memory: MemoryRange | None = None,
    *,
    vector: bool | None = None,
) -> list[Implementation]:
    """A run of ``count`` slots on each engine that has the opcode; for vectors or words alone, unless ``None``."""
    return [
        Implementation(found.engine, (SlotRun(found, operands, count, memory),))
        for found in machine.having(opcode, vector=vector)
    ]


def missing_opcode(machine: Machine, name: str, *opcodes: str) -> MissingOpcodeError:
    """That an operation cannot be built, for no engine has any of ``opcodes`` for it."""
    wanted = " or ".join(f"'{opcode}'" for opcode in opcodes)
    known = dict.fromkeys(opcode for engine in machine.scored_engines for opcode in engine.opcodes)
    if any(opcode in known for opcode in opcodes):
        wanted += " on words"
    hint = "" if opcodes[0] in BUILT_IN_NAMES else did_you_mean(opcodes[0], known)
    return MissingOpcodeError(
        f"operation {name} has no implementation on machine {machine.name}: "
        f"no engine has {wanted}{hint or ' among its opcodes'}"
    )
