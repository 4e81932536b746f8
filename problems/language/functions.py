"""Functions of words that a kernel may use: the machine's own opcode where it has one of that meaning, else composed.

The compositions are those of Warren, Hacker's Delight (2nd edition, 2012): signed comparisons 2-12, shifts of signed
words 2-7, upper products 8-2, selections and rotations 2-15 and 2-18.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from machine.words import SIGN, WORD_MASK
from problems.language.backend import Backend
from problems.language.integers import is_integer
from problems.language.lane_places import mistake
from problems.language.operands import is_number
from problems.language.values import Span, Value, describe


class Functions(ABC):
    """Functions of words, over the operators that a kernel's code carries out."""

    backend: Backend

    @abstractmethod
    def binary(self, operator: str, a: Any, b: Any) -> Value:
        """``a operator b``, on words or lane by lane."""

    @abstractmethod
    def _apply(self, opcode: str, operands: Sequence[Value | int], span: Span | None) -> Value:
        """An opcode on operands that have been checked."""

    @abstractmethod
    def _checked(self, operation: str, *given: Any) -> tuple[list[Value | int], Span | None]:
        """What is given as values and numbers, and the lanes that they have in common."""

    # Choices

    def select(self, condition: Any, a: Any, b: Any) -> Value:
        """``a`` where the condition is not 0, else ``b``; both are computed."""
        (flag, one, other), span = self._checked("select", condition, a, b)
        if isinstance(flag, Value) and flag.is_flag:
            return self._chosen(flag, one, other, span)
        if self.backend.has("select", span):
            return self._apply("select", [flag, one, other], span)
        return self._chosen(self._apply("==", [flag, 0], span), other, one, span)

    def min(self, a: Any, b: Any) -> Value:
        """The lesser of two, unsigned."""
        return self._extreme("min", *self._checked("min", a, b))

    def max(self, a: Any, b: Any) -> Value:
        """The greater of two, unsigned."""
        return self._extreme("max", *self._checked("max", a, b))

    def order(self, a: Any, b: Any) -> tuple[Value, Value]:
        """The lesser of two and the greater, unsigned: a compare-exchange, with one comparison for both."""
        operands, span = self._checked("order", a, b)
        if self._own("min", operands, span) and self._own("max", operands, span):
            return self._extreme("min", operands, span), self._extreme("max", operands, span)
        first, second = operands
        swap = self._apply("<", [second, first], span)
        swap.is_flag = True
        return self._chosen(swap, second, first, span), self._chosen(swap, first, second, span)

    def _extreme(self, which: str, operands: Sequence[Value | int], span: Span | None) -> Value:
        own = self._own(which, operands, span)
        if own:
            return self._apply(own, operands, span)
        a, b = operands
        swap = self._apply("<", [b, a] if which == "min" else [a, b], span)
        return self._chosen(swap, b, a, span)

    def _chosen(self, flag: Value, a: Value | int, b: Value | int, span: Span | None) -> Value:
        """``a`` where a flag is 1, ``b`` where it is 0: the flag itself, a select, or ``b + flag (a - b)``."""
        if is_number(a, 1) and is_number(b, 0):
            return flag
        if self.backend.selects(span):
            return self._apply("select", [flag, a, b], span)
        if is_number(b, 0):
            return self.binary("*", flag, a)
        if isinstance(a, int) and isinstance(b, int):
            difference: Value | int = a - b & WORD_MASK
        else:
            difference = self._apply("-", [a, b], span)
        if self.backend.has("multiply_add", span):
            return self._apply("multiply_add", [flag, difference, b], span)
        return self._apply("+", [self._apply("*", [flag, difference], span), b], span)

    # Signed words

    def slt(self, a: Any, b: Any) -> Value:
        """1 where ``a`` is less than ``b``, both signed, else 0."""
        operands, span = self._checked("slt", a, b)
        own = self._own("slt", operands, span)
        if own:
            found = self._apply(own, operands, span)
            found.is_flag = True
            return found
        if isinstance(operands[1], int) and operands[1] == 0:
            return self.binary(">>", operands[0], 31)
        return self.binary("<", self._flipped(operands[0]), self._flipped(operands[1]))

    def smin(self, a: Any, b: Any) -> Value:
        """The lesser of two, signed."""
        operands, span = self._checked("smin", a, b)
        own = self._own("smin", operands, span)
        return self._apply(own, operands, span) if own else self.select(self.slt(b, a), b, a)

    def smax(self, a: Any, b: Any) -> Value:
        """The greater of two, signed."""
        operands, span = self._checked("smax", a, b)
        own = self._own("smax", operands, span)
        return self._apply(own, operands, span) if own else self.select(self.slt(a, b), b, a)

    def abs(self, a: Any) -> Value:
        """The magnitude of a signed word."""
        operands, span = self._checked("abs", a)
        own = self._own("abs", operands, span)
        return self._apply(own, operands, span) if own else self.select(self.slt(a, 0), self.binary("-", 0, a), a)

    def sra(self, a: Any, distance: int) -> Value:
        """``a`` shifted right, its sign repeated; the distance is a number."""
        bits = min(self._distance("sra", distance, a, least=0), 31)
        operands, span = self._checked("sra", a, bits)
        own = self._own("sra", operands, span)
        if own:
            return self._apply(own, operands, span)
        return self.binary("-", self.binary(">>", self.binary("+", a, SIGN), bits), SIGN >> bits)

    def _flipped(self, operand: Value | int) -> Value | int:
        """With the order of signed words turned into that of words without a sign."""
        return operand ^ SIGN if isinstance(operand, int) else self.binary("^", operand, SIGN)

    # Bits and bytes

    def rotl(self, a: Any, distance: int) -> Value:
        """``a`` rotated left; the distance is a number, modulo 32."""
        number = self._distance("rotl", distance, a)
        left, right = number % 32, -number % 32
        for name, bits in (("rotl", left), ("rotr", right)):
            operands, span = self._checked(name, a, bits)
            own = self._own(name, operands, span)
            if own and left:
                return self._apply(own, operands, span)
        word = operands[0]
        return self.funnel(word, word, left)

    def rotr(self, a: Any, distance: int) -> Value:
        """``a`` rotated right; the distance is a number, modulo 32."""
        return self.rotl(a, -self._distance("rotr", distance, a))

    def funnel(self, high: Any, low: Any, distance: int) -> Value:
        """The upper word of two words shifted left; the distance is a number from 0 to 32.

        The upper word times a power of two, with bits of the lower one added: two operations where a product and a sum
        are one, else three.
        """
        distance = self._distance("funnel", distance, high, least=0, most=32)
        (upper, lower), span = self._checked("funnel", high, low)
        if not 0 < distance < 32:
            return self.binary("+", lower if distance else upper, 0)
        moved = self.binary(">>", lower, 32 - distance)
        if self.backend.has("multiply_add", span):  # with products apart, it is a product and a sum
            return self.binary("+", self.binary("*", upper, 1 << distance), moved)
        return self.binary("|", self.binary("<<", upper, distance), moved)

    def byte(self, a: Any, number: int) -> Value:
        """One of the four bytes of ``a``, the lowest being number 0."""
        if not is_integer(number) or not 0 <= number <= 3:
            raise mistake(f"there is no byte {describe(number)}", describe(a), right="0, 1, 2 or 3, from the lowest up")
        shifted = self.binary(">>", a, 8 * int(number))
        return shifted if number == 3 else self.binary("&", shifted, 255)

    def bswap(self, a: Any) -> Value:
        """The four bytes of ``a`` in reverse order."""
        operands, span = self._checked("bswap", a)
        own = self._own("bswap", operands, span)
        if own:
            return self._apply(own, operands, span)
        odd, even = self.binary("&", self.rotl(a, 8), 0x00FF00FF), self.binary("&", self.rotl(a, 24), 0xFF00FF00)
        return self.binary("|", odd, even)

    # More than a word

    def carry(self, a: Any, b: Any) -> Value:
        """1 where ``a + b`` needs a 33rd bit, else 0: what to add to the upper words of a longer sum."""
        return self.binary("<", self.binary("+", a, b), b)

    def mulhu(self, a: Any, b: Any) -> Value:
        """The upper word of the product, unsigned."""
        operands, span = self._checked("mulhu", a, b)
        own = self._own("mulhu", operands, span)
        if own:
            return self._apply(own, operands, span)
        (a_low, a_high), (b_low, b_high) = map(self._halves, operands)
        low = self.binary("*", a_low, b_low)
        middle = self.binary("+", self.binary("*", a_high, b_low), self.binary(">>", low, 16))
        other = self.binary("+", self.binary("*", a_low, b_high), self.binary("&", middle, 0xFFFF))
        high = self.binary("+", self.binary("*", a_high, b_high), self.binary(">>", middle, 16))
        return self.binary("+", high, self.binary(">>", other, 16))

    def mulhs(self, a: Any, b: Any) -> Value:
        """The upper word of the product, signed."""
        operands, span = self._checked("mulhs", a, b)
        own = self._own("mulhs", operands, span)
        if own:
            return self._apply(own, operands, span)
        wide = self.binary("-", self.mulhu(a, b), self.binary("*", self.binary(">>", a, 31), b))
        return self.binary("-", wide, self.binary("*", self.binary(">>", b, 31), a))

    def _halves(self, operand: Value | int) -> tuple[Value | int, Value | int]:
        if isinstance(operand, int):
            return operand & 0xFFFF, operand >> 16
        return self.binary("&", operand, 0xFFFF), self.binary(">>", operand, 16)

    # Opcodes of the machine's own

    def _own(self, function: str, operands: Sequence[Value | int], span: Span | None) -> str | None:
        """The opcode of the machine that computes just this function of the operands, if there is one."""
        return self.backend.opcode_for(function, operands, span)

    def _distance(
        self, function: str, distance: Any, a: Any, *, least: int | None = None, most: int | None = None
    ) -> int:
        """A distance as a number.

        Raises:
            KernelError: it is none, or out of range.
        """
        if not is_integer(distance):
            right = "a number; shifts take values: a << b | a >> 32 - b"
            raise mistake(f"{function} by {describe(distance)}", describe(a), right=right)
        if (least is not None and distance < least) or (most is not None and distance > most):
            right = f"a number from {least} {'up' if most is None else f'to {most}'}"
            raise mistake(f"{function} by {describe(distance)}", describe(a), right=right)
        return int(distance)
