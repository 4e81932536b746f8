"""What a kernel is written with: loops over indices, functions of values, and checks of all that is written."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

from machine.errors import GraphError, KernelError
from machine.nearest import did_you_mean
from machine.words import ARITHMETIC, WORD_MASK
from problems.language.backend import Backend
from problems.language.declarations import Placed, Use, require_word
from problems.language.functions import Functions
from problems.language.integers import is_integer
from problems.language.lane_places import Place, here, mistake
from problems.language.loops import Access, Loop
from problems.language.operands import factors, is_flag, is_new_product, is_number, multiply_add, number_of
from problems.language.subscripts import Address, resolve
from problems.language.totals import Total
from problems.language.values import Array, Index, Span, Value, Vector, Word, describe

OTHER_OPCODES = ("multiply_add", "select")
_SEEN_TO_BY_OPERATORS = ("binary",)
KERNEL_FUNCTIONS = (
    *(each for each in vars(Functions) if not each.startswith("_") and each not in _SEEN_TO_BY_OPERATORS),
    *("range", "cdiv", "apply", "total"),
)
"""What a kernel may call on ``k``; the other methods are for values and arrays."""


class Code(Functions):
    """Gives a kernel its loops, selects, totals and opcodes; operators on values come here, too.

    Attributes:
        backend: carries out what is written.
        loops: those that have run, in the order in which they first did.
        stored: the names of the arrays that something has been stored to.
        left: where a loop was left before its end, by ``break`` or ``return``.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.loops: dict[Place, Loop] = {}
        self.stored: set[str] = set()
        self.left: Place | None = None
        self._loop: Loop | None = None
        self._span: Span | None = None

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse what the language does not have.

        Raises:
            KernelError: there is no such function.
        """
        if name.startswith("_"):  # asked for by Python, or by numpy
            raise AttributeError(name)
        raise mistake(
            f"there is no k.{name}{did_you_mean(name, KERNEL_FUNCTIONS)}", right="a function of docs/language.md"
        )

    def array(self, placed: Placed) -> Array:
        """An array of the kernel."""
        return Array(self, placed)

    # Loops

    def range(self, *bounds: int) -> Iterator[Index]:
        """Indices from 0, or from the first of two bounds, to the last bound, excluding it.

        Iterations are independent: lanes of vectors compute them together.  What does not fill a vector is taken care
        of.  Inside, ``x[i + 1]`` is a vector of words; loops of Python's may be inside or around, no other of these.
        """
        place = here()
        if self._span is not None:
            raise mistake("k.range inside k.range", right="Python's range for the outer of the two loops")
        if not 1 <= len(bounds) <= 2 or not all(map(is_integer, bounds)):
            shown = ", ".join(map(describe, bounds)) or "nothing"
            raise mistake("k.range takes one or two integers", shown, right="k.range(n) or k.range(first, n)")
        loop = self.loops.setdefault(place, Loop(f"loop{len(self.loops) + 1}", place))
        indices = range(*map(int, bounds))
        loop.begin(len(indices))
        return self._iterations(loop, self.backend.spans(loop, indices))

    def _iterations(self, loop: Loop, spans: Iterator[Span]) -> Iterator[Index]:
        for number, span in enumerate(spans):
            with self.backend.iteration(loop, number):
                self._loop, self._span = loop, span
                loop.lookups = 0
                try:
                    yield Index(self, span)
                except GeneratorExit:
                    self.left = loop.place
                    raise
                finally:
                    self._loop = self._span = None

    # Functions of values: besides those of words, see Functions

    def cdiv(self, a: Any, b: Any) -> Value:
        """``a`` divided by ``b``, rounded up."""
        return self.binary("cdiv", a, b)

    def apply(self, opcode: str, *operands: Any, otherwise: Callable[..., Any] | None = None) -> Value:
        """An opcode of the machine, by name.

        ``otherwise`` computes it of the same operands where the machine lacks it, and on numpy.
        """
        span = self._span_of(opcode, *operands)
        if self.backend.has(opcode, span) and not (otherwise and self.backend.prefers_functions):
            return self._apply(opcode, [self._operand(opcode, each) for each in operands], span)
        if otherwise is None:
            known = [name for name in (*ARITHMETIC, *OTHER_OPCODES) if name != opcode and self.backend.has(name, span)]
            hint = did_you_mean(opcode, known)
            raise mistake(
                f"there is no opcode '{opcode}' on {'words' if span is None or span.count == 1 else 'vectors'}{hint}",
                *map(describe, operands),
                right="an opcode that the machine file lists, or otherwise=, a function that computes it",
            )
        found = otherwise(*operands)
        return found if isinstance(found, Value) else self._apply("+", [self._operand(opcode, found), 0], span)

    def total(self, operator: str = "+") -> Total:
        """A total over the iterations of a loop, of ``+``, ``*``, ``^``, ``&``, ``|``, ``min`` or ``max``."""
        if operator not in Total.OPERATORS:
            raise mistake(
                f"there is no total of '{operator}'{did_you_mean(operator, Total.OPERATORS)}",
                right=f"k.total({' | '.join(map(repr, Total.OPERATORS))})",
            )
        return Total(self, operator, self._empty_loops())

    # What operators come to

    def binary(self, operator: str, a: Any, b: Any) -> Value:
        """``a operator b``, on words or lane by lane."""
        (left, right), span = self._checked(operator, a, b)
        if operator in ("+", "|", "^", "<<", ">>", "-") and isinstance(left, Value) and is_number(right, 0):
            return left
        if operator in ("+", "|", "^") and isinstance(right, Value) and is_number(left, 0):
            return right
        if operator == "*":
            return self._new(None, span, (left, right))
        fused = multiply_add(operator, left, right)
        if fused is not None and self.backend.fuses(span):
            return self._apply("multiply_add", fused, span)
        if operator in ("//", "%", "cdiv") and is_number(right, 0):
            raise mistake(f"{operator} by 0", describe(a), describe(b), right="a number that is not 0")
        found = self._apply(operator, [left, right], span)
        found.is_flag = is_flag(operator, left, right)
        return found

    def negation(self, condition: Value) -> Value:
        """1 where a word is 0, else 0."""
        return self.binary("==", condition, 0)

    def _apply(self, opcode: str, operands: Sequence[Value | int], span: Span | None) -> Value:
        for operand in operands:
            self._need(operand)
        try:
            return self._new(self.backend.apply(opcode, operands, span), span)
        except KernelError:
            raise
        except GraphError as error:
            raise mistake(str(error), *map(describe, operands), right="what the machine offers") from None

    def _need(self, operand: Value | int) -> None:
        """Compute a product that is needed by itself now."""
        if isinstance(operand, Value) and operand.handle is None:
            assert operand.factors is not None
            for factor in operand.factors:
                self._need(factor)
            operand.handle = self.backend.apply("*", operand.factors, operand.span)

    def _new(self, handle: Any, span: Span | None, factors: tuple[Value | int, Value | int] | None = None) -> Value:
        return (Word if span is None else Vector)(self, handle, span, factors)

    # Operands

    def _operand(self, operation: str, given: Any) -> Value | int:
        """What is given, as a value or a number.

        Raises:
            KernelError: it is neither.
        """
        if isinstance(given, Value):
            return given
        if isinstance(given, Index):
            for end in given.ends:
                require_word(end)
            return self._new(self.backend.numbers(given.numbers, given.span), given.span)
        number = number_of(given)
        if number is None:
            self._refuse(operation, given)
        require_word(number)
        return number & WORD_MASK

    def _checked(self, operation: str, *given: Any) -> tuple[list[Value | int], Span | None]:
        span = self._span_of(operation, *given)
        return [self._operand(operation, each) for each in given], span

    def _refuse(self, operation: str, given: Any) -> NoReturn:
        what, right = describe(given), "a value, an index or an integer"
        if isinstance(given, Array):
            right = f"one of its words: {given.placed.name}[{', '.join('ij'[: len(given.placed.lengths)])}]"
        elif isinstance(given, float):
            right = f"words are integers: {int(given)}, or fixed point"
        elif isinstance(given, Total):
            what, right = "a total", "its word: total.word, after the loop"
        raise mistake(f"{operation} does not take {what}", right=right)

    def _span_of(self, operation: str, *operands: Any) -> Span | None:
        """The lanes that operands have in common; ``None`` if all are words."""
        for operand in operands:
            span = operand.span if isinstance(operand, Value | Index) else None
            if span is not None and span is not self._span:
                raise mistake(
                    f"{operation} of a vector outside the iteration that it belongs to",
                    *map(describe, operands),
                    right="an array between the two, k.total() for a sum, or Python's range for a loop in order",
                )
            if isinstance(operand, Value | Index) and operand.code is not self:
                raise mistake("a value of another run of the kernel", right="values made in this call")
        vectors = [each for each in operands if isinstance(each, Value | Index) and each.span is not None]
        return self._span if vectors else None

    # Memory

    def load(self, array: Array, subscripts: tuple[Any, ...]) -> Value:
        """``array[subscripts]``."""
        address = self._address(array, subscripts)
        self._note(array, address, is_store=False)
        placed, span = array.placed, address.span
        if address.addresses is None:
            return self._new(self.backend.load(placed, address.start, span), span)
        assert span is not None
        self._need(address.addresses)
        return self._new(self.backend.gather(placed, address.addresses, span), span)

    def store(self, array: Array, subscripts: tuple[Any, ...], given: Any) -> None:
        """``array[subscripts] = given``."""
        if array.placed.use is Use.INPUT:
            name = array.placed.name
            raise mistake(f"{name} is read, and this stores to it", describe(array), right=f"{name} = updated(...)")
        value = self._operand("storing", given)
        address = self._address(array, subscripts)
        span = self._span_of("storing", value)
        if span is not None and address.span is None:
            raise mistake(
                f"a vector is stored to one word of {array.placed.name}",
                describe(array),
                describe(given),
                right=f"{array.placed.name}[i] for all of them, or k.total() for their sum",
            )
        self._note(array, address, is_store=True)
        self.stored.add(array.placed.name)
        self._need(value)
        if address.addresses is None:
            self.backend.store(array.placed, address.start, value, address.span)
        else:
            assert address.span is not None
            self._need(address.addresses)
            self.backend.scatter(array.placed, address.addresses, value, address.span)

    def _address(self, array: Array, subscripts: tuple[Any, ...]) -> Address:
        self._span_of(f"a subscript of {array.placed.name}", *subscripts)
        address = resolve(self, array, subscripts)
        if isinstance(address.start, Value):
            self._need(address.start)
        return address

    def _note(self, array: Array, address: Address, *, is_store: bool) -> None:
        """Remember what the loop touches; what one iteration stores no other may load."""
        loop = self._loop
        if loop is None:
            return
        assert self._span is not None
        name = array.placed.name
        access = address.access(name)
        if any(access.clashes(other, self._span.loop) for other in (loop.loaded if is_store else loop.stored)):
            raise mistake(
                f"an iteration loads a word of {name} that another stores",
                describe(array),
                right="iterations of k.range are independent: Python's range for a loop in order, or another array",
            )
        if is_store:
            access = loop.numbered(access)
            self._refuse_collision(array, access, loop, self._span)
        loop.note(access, is_store=is_store, is_apart=address.addresses is not None)
        self._refuse_overlap(loop)

    def _refuse_collision(self, array: Array, store: Access, loop: Loop, span: Span) -> None:
        """What one iteration stores no other may store by another line: lanes would decide which is the last."""
        if store not in loop.stored and any(store.collides(other, span.loop) for other in loop.stored):
            raise mistake(
                f"an iteration stores to a word of {array.placed.name} to which another stores, too",
                describe(array),
                right="iterations of k.range are independent: a loop for each of the two stores, or Python's range",
            )

    def _refuse_overlap(self, loop: Loop) -> None:
        """Indices that are computed twice must give the same twice, whatever other knobs have done to the kernel."""
        if self.backend.overlaps(loop) and not loop.may_overlap:
            raise GraphError(
                f"{loop.name}.tail=overlap computes indices twice, and the loop loads or totals what it stores"
            )

    # Totals

    def take(self, total: Total, value: Any) -> None:
        """Add a value to a total, or whatever its operator is."""
        span = self._span_of("a total", value)
        operand = self._operand("a total", value)
        if isinstance(operand, int):
            operand = self._apply("+", [operand, 0], None)
        partial = 0
        if self._loop is not None:
            if span is None:
                raise mistake("a total is given a word inside a loop", describe(value), right="a vector, as in x[i]")
            if total.read_in == self._loop.run:
                right = "its word before the loop: word = total.word"
                raise mistake("a total is added to in a loop that reads it", right=right)
            total.taken_in = self._loop.run
            self._loop.takes[total, span.count] += 1
            self._refuse_overlap(self._loop)
            partial = total.taken % self.backend.unroll(self._loop)
            total.taken += 1
        total.read = None
        key = (1 if span is None else span.count, partial)
        total.partials[key] = self._joined(total, key, operand)

    def _joined(self, total: Total, key: tuple[int, int], value: Value) -> Value:
        """A partial total with one more value in it."""
        before = total.partials.get(key)
        has_others = any(lanes == key[0] for lanes, _ in total.partials)  # with fewer partial totals, one to add to
        may_fuse = total.operator == "+" and is_new_product(value) and has_others
        if may_fuse and self.backend.fuses_totals(value.span) and before is not None:
            return self._apply("multiply_add", [*factors(value), before], value.span)
        self._need(value)
        return value if before is None else self.combine(total, before, value)

    def combine(self, total: Total, a: Value, b: Value) -> Value:
        """Two partial totals in one."""
        if total.operator in ("min", "max"):
            return self._extreme(total.operator, [a, b], b.span)
        return self._apply(total.operator, [a, b], b.span)

    def sum_up(self, total: Total) -> Value:
        """The word of a total; in a loop, of one whose loop is over, the same in all iterations."""
        if self._loop is None:
            return self._summed(total)
        if total.taken_in == self._loop.run:
            right = "total.word after the loop; for what it is after each index, Python's range and a word"
            raise mistake("a total is read in the loop that adds to it", right=right)
        total.read_in = self._loop.run
        if total.read is None:
            total.read = self._summed(total)
        return total.read

    def _summed(self, total: Total) -> Value:
        by_lanes: dict[int, list[Value]] = {}
        for (count, _), value in total.partials.items():
            by_lanes.setdefault(count, []).append(value)
        words = [self._lanes(word)[0] for word in by_lanes.pop(1, [])]
        for vectors in by_lanes.values():  # on numpy, loops of several lengths
            words += self._lanes(self._tree(total, vectors))
        if not words and total.empty_loops < self._empty_loops():
            return self._apply("+", [Total.OF_NOTHING[total.operator], 0], None)
        if not words:
            raise mistake("nothing was added to this total", right="total += x[i] in a loop")
        return self._tree(total, words)

    def _lanes(self, value: Value) -> list[Value]:
        """Each lane as a word."""
        return [self._new(handle, None) for handle in self.backend.lane_words(value)]

    def _empty_loops(self) -> int:
        """How many loops without indices have run."""
        return sum(loop.sizes.count(0) for loop in self.loops.values())

    def _tree(self, total: Total, values: list[Value]) -> Value:
        while len(values) > 1:
            pairs = [self.combine(total, a, b) for a, b in zip(values[::2], values[1::2], strict=False)]
            values = pairs + values[2 * len(pairs) :]
        return values[0]
