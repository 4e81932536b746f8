"""What running a program on one input gives, whichever simulator ran it."""

from dataclasses import dataclass
from enum import IntEnum

DEFAULT_CYCLE_LIMIT = 1_000_000
"""Cycles after which a program is taken to be endless, unless told otherwise."""


class FaultKind(IntEnum):
    """Why an execution stopped with an error."""

    UNKNOWN_ENGINE = 1
    TOO_MANY_SLOTS = 2
    UNKNOWN_OPCODE = 3
    WRONG_OPERANDS = 4
    SCRATCH_ADDRESS = 5
    MEMORY_ADDRESS = 6
    DIVISION_BY_ZERO = 7
    NEGATIVE_PC = 8
    CYCLE_LIMIT = 9

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Fault:
    """An error and the bundle that met it."""

    kind: FaultKind
    bundle: int

    def __str__(self) -> str:
        return f"{self.kind} in bundle {self.bundle}"


@dataclass(frozen=True, slots=True)
class Execution:
    """The final state of a run.  After a fault only ``fault`` is defined.

    Attributes:
        cycles: cycles scored, in-flight writes at the end included.
        memory: memory words.
        scratch: scratch words.
        trace: words appended by ``trace_write``.
        fault: the first error met, or ``None``.
    """

    cycles: int
    memory: list[int]
    scratch: list[int]
    trace: list[int]
    fault: Fault | None = None
