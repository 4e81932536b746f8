"""Addresses of one group's nodes in one pass over the tree, made from path bits.

Where an address can be had in several ways, the way with the fewest operations is taken.  In operations and selects:

* of a folded table (see :mod:`problems.tree_hash.folding`): (1, 1), the first of a chain up to (1, 3);
* from a pointer in a record: (1, 2);
* from the address one level up: (2, 0) or (1, 1), without a constant (1, 0); two levels up: (1, 3);
* from the bits: a number by (1, 0) a bit, and (1, 0) to take it from a constant.
"""

from collections.abc import Sequence

from machine.graph.builder import Kernel, VectorOperand
from machine.graph.operation import Buffer, Implementation
from machine.opcodes import WORD_MASK
from problems.tree_hash.choices import AddressSteps
from problems.tree_hash.folding import Folding
from problems.tree_hash.live_value import BitForm
from problems.tree_hash.path import Path
from problems.tree_hash.plan import Plan
from problems.tree_hash.record_tables import Linear


class Addresses:
    """Emits addresses for one group in one pass; ``path`` must have the bits by then."""

    def __init__(self, kernel: Kernel, plan: Plan, path: Path, group: int) -> None:
        self._kernel = kernel
        self._plan = plan
        self._path = path
        self._group = group
        self._linear: tuple[Linear, Buffer] | None = None
        self._pointer: tuple[Linear, int, Buffer] | None = None
        self._folded: dict[int, Buffer] = {}
        self._number: tuple[int, Buffer] | None = None

    def point(self, target: Linear, top: int, pointer: Buffer) -> None:
        """Note that ``pointer``, known at level ``top``, is what ``target`` means for bits of 0 from there on."""
        self._pointer = target, top, pointer

    # Folded tables

    def folded(self, folding: Folding, top: int) -> Buffer:
        """The addresses of records in a folded table."""
        if top not in self._folded:
            kernel = self._kernel
            before: VectorOperand
            if top == folding.first:
                addends = [kernel.splat(folding.first_addend(older)) for older in range(2 ** (top - 2))]
                before = self._chosen(addends, self._path.bits(0, top - 2))
            else:
                before = self.folded(folding, top - 2)
            factor = kernel.vector(self._name("factor"))
            of_zero, of_one = (kernel.splat(word) for word in folding.factors(top))
            kernel.select(factor, self._path.bit(top - 2), of_one, of_zero)
            address = kernel.vector(self._name("address"))
            kernel.multiply_add(address, self._path.bit(top - 1, BitForm.LEFT_LESS_TWO), factor, before)
            self._folded[top] = address
        return self._folded[top]

    def _chosen(self, words: Sequence[VectorOperand], bits: Sequence[Buffer]) -> VectorOperand:
        """The word whose number the bits spell."""
        if not bits:
            return words[0]
        half = len(words) // 2
        zeros, ones = self._chosen(words[:half], bits[1:]), self._chosen(words[half:], bits[1:])
        result = self._kernel.vector(self._name("addend"))
        self._kernel.select(result, bits[0], ones, zeros)
        return result

    # Addresses in natural order

    def linear(self, target: Linear) -> Buffer:
        """The addresses that ``target`` describes."""
        if self._linear is not None and self._linear[0] == target:
            return self._linear[1]
        address = self._linear_anew(target)
        self._linear = target, address
        return address

    def _linear_anew(self, target: Linear) -> Buffer:
        if self._pointer is not None and self._pointer[0] == target:
            return self._from_pointer(*self._pointer)
        if self._doubles(target):
            return self._doubled(target.level)
        if self._plan.address_steps is not AddressSteps.HORNER:
            return self._stepped(target)
        known = 0 if self._linear is None else self._linear[0].level
        if self._plan.is_shallow and target.level > 1:
            return self._newest_last(target)
        if target.level - known <= 2:
            return self._step(target)
        if self._linear is None and target.level == 3:
            return self._from_three_bits(target)
        return self._from_number(target)

    def _from_pointer(self, target: Linear, top: int, pointer: Buffer) -> Buffer:
        number = self._spelled(0, 1, self._path.bits(top, target.level))
        return self._combined(number, target.unit, pointer)

    def _combined(self, number: Buffer, unit: int, addend: VectorOperand) -> Buffer:
        """``addend + unit * number``."""
        address = self._kernel.vector(self._name("address"))
        if unit == -1:
            self._kernel.binary("-", address, addend, number, engines=self._plan.engines["step"])
        else:
            self._kernel.multiply_add(address, number, self._kernel.splat(unit), addend)
        return address

    def _doubles(self, target: Linear) -> bool:
        """Whether twice the address one level up, plus the bit for right, is the address."""
        if self._linear is None:
            return False
        known = self._linear[0]
        leftmost = 2 * (known.origin - 2**known.level + 1)
        units = known.unit, target.unit
        return known.level == target.level - 1 and units == (-1, -1) and leftmost == target.origin - 2**target.level + 1

    def _doubled(self, level: int) -> Buffer:
        assert self._linear is not None
        address = self._kernel.vector(self._name("address"))
        bit = self._path.bit(level - 1, BitForm.RIGHT)
        self._kernel.multiply_add(address, self._linear[1], self._kernel.splat(2), bit)
        return address

    def _stepped(self, target: Linear) -> Buffer:
        """By steps of one or two levels, through the addresses of nodes in the image."""
        longest = 2 if self._plan.address_steps is AddressSteps.PAIRED else 1
        at = 0 if self._linear is None else self._linear[0].level
        while True:
            at += min(longest, target.level - at)
            if at == target.level:
                return self._step(target)
            passing = Linear.of_nodes(at)
            self._linear = passing, self._step(passing)

    def _step(self, target: Linear) -> Buffer:
        """From the address known, or the root, by one multiplication."""
        if self._linear is None:
            return self._spelled(target.origin, target.unit, self._path.bits(0, target.level))
        known, buffer = self._linear
        bits = self._path.bits(known.level, target.level)
        ratio = (target.unit * pow(known.unit, -1, 2**32) << len(bits)) & WORD_MASK
        stepped = self._kernel.vector(self._name("address"))
        constant = target.origin - ratio * known.origin & WORD_MASK
        factor = self._kernel.splat(ratio)
        self._kernel.multiply_add(stepped, buffer, factor, self._spelled(constant, target.unit, bits))
        return stepped

    def _from_three_bits(self, target: Linear) -> Buffer:
        older = self._spelled(target.origin, 2 * target.unit, self._path.bits(0, 2))
        return self._combined(self._path.bit(2), target.unit, older)

    def _newest_last(self, target: Linear) -> Buffer:
        """All but the newest bit first, so that one operation waits for it."""
        newest = target.level - 1
        before = Linear(newest, target.origin, 2 * target.unit)
        known = self._linear
        early: VectorOperand
        if known is not None and known[0].level == newest:
            early = self._scaled(known, target)
        elif newest - (0 if known is None else known[0].level) <= 2:
            early = self._step(before)
        else:
            early = self._from_number(before)
        return self._combined(self._path.bit(newest), target.unit, early)

    def _scaled(self, known: tuple[Linear, Buffer], target: Linear) -> Buffer:
        """The address one level down, less the newest bit."""
        ratio = 2 * target.unit * pow(known[0].unit, -1, 2**32) & WORD_MASK
        scaled = self._kernel.vector(self._name("address"))
        constant = self._kernel.splat(target.origin - ratio * known[0].origin)
        self._kernel.multiply_add(scaled, known[1], self._kernel.splat(ratio), constant)
        return scaled

    def _from_number(self, target: Linear) -> Buffer:
        level, number = self._number or (2, self._spelled(0, 1, self._path.bits(0, 2)))
        while level < target.level:
            longer = self._kernel.vector(self._name("number"))
            self._kernel.multiply_add(longer, number, self._kernel.splat(2), self._path.bit(level))
            level, number = level + 1, longer
        self._number = level, number
        return self._combined(number, target.unit, self._kernel.splat(target.origin))

    def _spelled(self, constant: int, unit: int, bits: Sequence[Buffer]) -> Buffer:
        """``constant`` plus ``unit`` times the number that the bits spell, oldest first."""
        if len(bits) == 1 and (constant, unit) == (0, 1):
            return bits[0]
        result = self._kernel.vector(self._name("step"))
        if len(bits) == 1:
            self._one_bit(result, constant, unit, bits[0])
            return result
        weight = 2 ** (len(bits) - 1)
        kernel = self._kernel
        if len(bits) == 2 and (constant, unit) == (0, 1):
            ones = kernel.vector(self._name("step"))
            self._one_bit(ones, 2, 1, bits[1])
            kernel.select(result, bits[0], ones, bits[1])
            return result
        ones = self._spelled(constant + unit * weight, unit, bits[1:])
        zeros = self._spelled(constant, unit, bits[1:])
        kernel.select(result, bits[0], ones, zeros)
        return result

    def _one_bit(self, result: Buffer, constant: int, unit: int, bit: Buffer) -> None:
        """``constant + unit * bit``: a select between two constants on flow or, for a unit of 1 or -1, arithmetic."""
        kernel = self._kernel
        others: list[Implementation] = []
        if abs(unit) == 1 and not self._plan.flow_constants:
            made = kernel.binary_implementations(
                "-" if unit < 0 else "+", result, kernel.splat(constant), bit, engines=self._plan.engines["step"]
            )
            others = [Implementation(other.name, other.runs, ((bit[0], bit.words),)) for other in made]
        kernel.select(result, bit, kernel.splat(constant + unit), kernel.splat(constant), others)

    def _name(self, what: str) -> str:
        return f"{what}.{self._group}"
