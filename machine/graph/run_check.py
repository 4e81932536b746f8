"""Whether a run of slots is one that a kernel may issue: of an opcode for graphs, inside its buffers and memory."""

from collections.abc import Sequence

from machine.errors import GraphError
from machine.graph.operation import Buffer, Operand, SlotRun
from machine.opcodes import CONTROL, Effect


def check_run(name: str, run: SlotRun, vector_length: int, buffers: Sequence[Buffer], memory_words: int) -> None:
    """Check a run of an operation of that name.

    Raises:
        GraphError: the opcode has no place in a graph, an operand is of the wrong kind or leaves its buffer, or memory
            is named where it is not touched, or not where it is.
    """
    opcode = run.opcode
    if opcode.effect in CONTROL or opcode.effect in (Effect.LOAD_OFFSET, Effect.NOTHING):
        raise GraphError(f"operation {name}: {opcode.name} has no place in a graph")
    if len(run.operands) != len(opcode.operands):
        raise GraphError(f"operation {name}: {opcode.name} takes {len(opcode.operands)} operands")
    for (label, role), operand in zip(opcode.operands, run.operands, strict=True):
        if role.is_scratch != isinstance(operand, Operand):
            raise GraphError(f"operation {name}: operand {label} of {opcode.name} is of the wrong kind")
        if isinstance(operand, Operand):
            words = vector_length if role.is_vector else 1
            last = operand.offset + (run.count - 1) * operand.stride
            buffer = buffers[operand.buffer]
            if min(operand.offset, last) < 0 or max(operand.offset, last) + words > buffer.words:
                raise GraphError(
                    f"operation {name}: operand {label} of {opcode.name} leaves buffer {buffer.name}"
                    f" of {buffer.words} words: it is words {min(operand.offset, last)}"
                    f" to {max(operand.offset, last) + words - 1}"
                )
    touched = opcode.memory_words(vector_length)
    if (touched > 0) != (run.memory is not None):
        raise GraphError(f"operation {name}: {opcode.name} needs a memory range exactly where it touches memory")
    if run.memory is not None:
        last = (run.count - 1) * run.memory.stride
        if run.memory.stop - run.memory.start < touched or (
            run.memory.start + min(0, last) < 0 or run.memory.stop + max(0, last) > memory_words
        ):
            raise GraphError(
                f"operation {name}: memory range {run.memory.start}..{run.memory.stop - 1} is not a range of memory"
                f" that holds {touched} words: memory has {memory_words}"
            )
