"""Names for people: of buffers, each its own, of operations and of slots with their operands."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from machine.graph.flat import opcode_table
from machine.graph.operation import Operand, Operation
from machine.opcodes import Role
from search.analysis.prepared_graph import PreparedGraph


@dataclass(frozen=True)
class GraphText:
    """The names of one graph."""

    prepared: PreparedGraph

    @cached_property
    def buffers(self) -> tuple[str, ...]:
        """By buffer: the name that the kernel gave it, with its number where others have that name too."""
        buffers = self.prepared.graph.buffers
        names = Counter(buffer.name for buffer in buffers)
        return tuple(f"{buffer.name}.{buffer.number}" if names[buffer.name] > 1 else buffer.name for buffer in buffers)

    def word(self, number: int, names: Sequence[str] | None = None) -> str:
        """A word of scratch, by its number in the flat graph; ``names`` are others than the buffers' own."""
        buffer = int(self.prepared.flat.word_buffers[number])
        offset = number - self.prepared.graph.first_words[buffer]
        name = (names or self.buffers)[buffer]
        return f"{name}[{offset}]" if offset else name

    def operation(self, number: int) -> str:
        """An operation, and what it writes: ``+ -> sum.3``."""
        name, target = self.prepared.graph.operations[number].name, self.target(number)
        return name if target < 0 else f"{name} -> {self.buffers[target]}"

    def target(self, number: int) -> int:
        """The buffer that an operation writes, by its number; -1 if none."""
        operation = self.prepared.graph.operations[number]
        run = operation.implementations[0].runs[0] if operation.implementations[0].runs else None
        if run is None or not isinstance(run.operands[0], Operand) or not run.opcode.roles[0].is_written:
            return -1
        return run.operands[0].buffer

    def slot(self, slot: int) -> str:
        """A slot with its operands: ``+ sum.3, a, b``."""
        return f"{self._opcode_name(slot)} {', '.join(self.operands(slot))}".rstrip()

    def operands(self, slot: int, names: Sequence[str] | None = None) -> list[str]:
        """The operands of a slot, by name where they are words of scratch; ``names`` as for :meth:`word`."""
        flat = self.prepared.flat
        roles = self._roles[int(flat.slot_opcodes[slot])]
        values = flat.slot_operands[slot].tolist()
        return [self.word(v, names) if role.is_scratch else str(v) for v, role in zip(values, roles, strict=False)]

    def source(self, number: int) -> str:
        """Where an operation was built, the outermost call first; empty where that is not known."""
        return source_text(self.prepared.graph.operations[number])

    def _opcode_name(self, slot: int) -> str:
        return self._opcodes[int(self.prepared.flat.slot_opcodes[slot])]

    @cached_property
    def _opcodes(self) -> tuple[str, ...]:
        return tuple(opcode.name for opcode in opcode_table(self.prepared.graph))

    @cached_property
    def _roles(self) -> tuple[tuple[Role, ...], ...]:
        return tuple(opcode.roles for opcode in opcode_table(self.prepared.graph))


def source_text(operation: Operation) -> str:
    """The line of the kernel that led to an operation, then the innermost line, if that is another."""
    if not operation.sources:
        return ""
    ends = dict.fromkeys((operation.sources[-1], operation.sources[0]))
    return " > ".join(map(str, ends))
