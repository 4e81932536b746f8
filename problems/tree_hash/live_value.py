"""A group's values after a hash, in the forms in which they are used.

Stage 5 is ``u = t ^ (t >> 16)``, less its constant (see :mod:`problems.tree_hash.tables`), where ``t = 9 z + c4`` and
``z`` is the output of stages 2 and 3.  The path from round to round is shorter where

* the root, or the encoding's constant, is XORed to ``t`` while ``t`` is shifted, and not to ``u``: for no more
  operations, if nothing else needs ``u``;
* a path bit is not taken from ``u``: the parity of ``u`` is the XOR of bits 0 and 16 of ``t``, that is the top bit of
  ``t * (2^31 + 2^15)``, into which no lower bit carries.  As a function of ``z`` it takes a multiplication and a
  shift, one more operation, but two cycles sooner.
"""

from enum import Enum

from machine.graph.builder import BinaryEngines, Kernel, VectorOperand
from machine.graph.operation import Buffer
from machine.opcodes import WORD_MASK
from problems.tree_hash.choices import Depth
from problems.tree_hash.hash import HashParts
from problems.tree_hash.plan import Plan
from problems.tree_hash.reference import HASH_STAGES
from problems.tree_hash.tables import ENCODING

_FOURTH_FACTOR, _FOURTH_ADDEND = 2 ** HASH_STAGES[4][4] + 1, HASH_STAGES[4][1]
_LAST_SHIFT = HASH_STAGES[5][4]
_TOP = 31
_PARITY_FACTOR = (1 << _TOP) + (1 << _TOP - _LAST_SHIFT)


class BitForm(Enum):
    """What a path bit looks like as a word; the live value is encoded, which inverts its parity."""

    LEFT = "left"
    """1 where the walker goes left: ``u & 1``."""
    LEFT_LESS_TWO = "left - 2"
    """-1 where the walker goes left, else -2: ``u | ~1``."""
    RIGHT = "right"
    """1 where the walker goes right: ``v & 1`` of the decoded value."""


class LiveValue:
    """Each form is made when it is first asked for.

    Args:
        kernel: where to emit.
        plan: for engines, and whether forms are shallow.
        name: of the hash's buffers.
        bit_name: of the bits' buffers.
        parts: the hash up to stage 4.
    """

    def __init__(self, kernel: Kernel, plan: Plan, name: str, bit_name: str, parts: HashParts) -> None:
        self._kernel = kernel
        self._plan = plan
        self._name = name
        self._bit_name = bit_name
        self._parts = parts
        self._shifted: Buffer | None = None
        self._encoded: Buffer | None = None
        self._decoded: Buffer | None = None
        self._bits: dict[BitForm, Buffer] = {}

    def encoded(self) -> Buffer:
        """``u``: the value XORed with the encoding's constant."""
        if self._encoded is None:
            self._encoded = self._binary("^", self._parts.fourth, self._shift(), "last")
        return self._encoded

    def decoded(self) -> Buffer:
        """The value itself."""
        if self._decoded is None:
            encoding = self._kernel.splat(ENCODING)
            if self._encoded is None and self._plan.depth is not Depth.PLAIN:
                flipped = self._binary("^", self._parts.fourth, encoding, "decode")
                self._decoded = self._binary("^", flipped, self._shift(), "last")
            else:
                self._decoded = self._binary("^", self.encoded(), encoding, "decode")
        return self._decoded

    def met(self, root: VectorOperand, engines: BinaryEngines) -> Buffer:
        """The value XORed with the encoded root, on ``engines``."""
        is_plain = self._plan.depth is Depth.PLAIN
        source = self.encoded() if is_plain else self._parts.fourth
        met = self._kernel.vector(self._name)
        self._kernel.binary("^", met, source, root, engines=engines)
        return met if is_plain else self._binary("^", met, self._shift(), "last")

    def bit(self, form: BitForm) -> Buffer:
        """The path bit."""
        if form not in self._bits:
            if self._plan.is_shallow and form is not BitForm.LEFT_LESS_TWO:
                self._bits[form] = self._shallow_bit(form)
            else:
                source = self.decoded() if form is BitForm.RIGHT else self.encoded()
                opcode, mask = ("|", -2) if form is BitForm.LEFT_LESS_TWO else ("&", 1)
                made = self._kernel.vector(self._bit_name)
                engines = self._plan.engines["parity"]
                self._kernel.binary(opcode, made, source, self._kernel.splat(mask), engines=engines)
                self._bits[form] = made
        return self._bits[form]

    def _shallow_bit(self, form: BitForm) -> Buffer:
        flip = 1 << _TOP if form is BitForm.RIGHT else 0
        factor = _FOURTH_FACTOR * _PARITY_FACTOR & WORD_MASK
        addend = (_FOURTH_ADDEND * _PARITY_FACTOR ^ flip) & WORD_MASK
        product = self._kernel.vector(self._bit_name)
        self._kernel.multiply_add(product, self._parts.joined, self._kernel.splat(factor), self._kernel.splat(addend))
        made = self._kernel.vector(self._bit_name)
        engines = self._plan.engines["parity"]
        self._kernel.binary(">>", made, product, self._kernel.splat(_TOP), engines=engines)
        return made

    def _shift(self) -> Buffer:
        if self._shifted is None:
            self._shifted = self._binary(">>", self._parts.fourth, self._kernel.splat(_LAST_SHIFT), "last")
        return self._shifted

    def _binary(self, opcode: str, a: Buffer, b: VectorOperand, part: str) -> Buffer:
        result = self._kernel.vector(self._name)
        self._kernel.binary(opcode, result, a, b, engines=self._plan.engines[part])
        return result
