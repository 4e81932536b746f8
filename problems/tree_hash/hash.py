"""Emits the hash of :func:`problems.tree_hash.reference.hash_words` in ten operations, or eleven."""

from collections.abc import Mapping
from dataclasses import dataclass

from machine.graph.builder import BinaryEngines, Kernel, VectorOperand
from machine.graph.operation import Buffer
from problems.tree_hash.reference import HASH_STAGES

ANYWHERE: Mapping[str, BinaryEngines] = dict.fromkeys(("mix", "join", "last"), BinaryEngines.EITHER)
"""Parts of the hash that have a choice of engines: the others are multiplications, for valu alone."""


@dataclass(frozen=True, slots=True)
class HashParts:
    """The outputs of stage 3 and of stage 4."""

    joined: Buffer
    fourth: Buffer


def emit_hash(kernel: Kernel, word: VectorOperand, name: str) -> Buffer:
    """Hash every lane of ``word``."""
    emitter = _Emitter(kernel, name, ANYWHERE)
    fourth = emitter.parts(word).fourth
    constant, shift = HASH_STAGES[5][1], HASH_STAGES[5][4]
    return emitter.shift_and_mix(emitter.binary("^", fourth, constant, "last"), fourth, shift, "last")


def emit_hash_parts(
    kernel: Kernel, word: VectorOperand, name: str, engines: Mapping[str, BinaryEngines] = ANYWHERE
) -> HashParts:
    """Hash every lane of ``word`` up to stage 4, in eight operations.

    Stages 0 and 4 are one multiply_add each.  Stages 2 and 3 join: with ``y`` the output of stage 1, stage 2 gives
    ``33 y + c2``, and stage 3 is ``(33 y + c2 + c3) ^ ((33 y + c2) << 9)``.

    Args:
        kernel: where to emit.
        word: the words to hash, a vector.
        name: of the buffers made.
        engines: where the parts named in :data:`ANYWHERE` may run.
    """
    return _Emitter(kernel, name, engines).parts(word)


class _Emitter:
    """Operations that make a buffer for their result; an integer operand is a constant, the same in every lane."""

    def __init__(self, kernel: Kernel, name: str, engines: Mapping[str, BinaryEngines]) -> None:
        self._kernel = kernel
        self._name = name
        self._engines = engines

    def parts(self, word: VectorOperand) -> HashParts:
        c = [stage[1] for stage in HASH_STAGES]
        shift = [stage[4] for stage in HASH_STAGES]
        first = self.multiply_add(word, 2 ** shift[0] + 1, c[0])
        mixed = self.shift_and_mix(self.binary("^", first, c[1], "mix"), first, shift[1], "mix")
        times = 2 ** shift[2] + 1
        sum_part = self.multiply_add(mixed, times, c[2] + c[3])
        shift_part = self.multiply_add(mixed, times << shift[3], c[2] << shift[3])
        joined = self.binary("^", sum_part, shift_part, "join")
        return HashParts(joined, self.multiply_add(joined, 2 ** shift[4] + 1, c[4]))

    def shift_and_mix(self, flipped: Buffer, word: Buffer, shift: int, part: str) -> Buffer:
        """``flipped ^ (word >> shift)``: the end of stages 1 and 5."""
        return self.binary("^", flipped, self.binary(">>", word, shift, part), part)

    def binary(self, opcode: str, a: Buffer, b: Buffer | int, part: str) -> Buffer:
        operand = self._kernel.splat(b) if isinstance(b, int) else b
        result = self._kernel.vector(self._name)
        self._kernel.binary(opcode, result, a, operand, engines=self._engines[part])
        return result

    def multiply_add(self, a: VectorOperand, factor: int, addend: int) -> Buffer:
        result = self._kernel.vector(self._name)
        self._kernel.multiply_add(result, a, self._kernel.splat(factor), self._kernel.splat(addend))
        return result
