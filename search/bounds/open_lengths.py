"""Lengths that a search for a bound has still to look at, shared by its threads."""

from collections.abc import Callable, Sequence
from threading import Lock

from search.bounds.bound import Bound

Pick = Callable[[Sequence[int]], int]
"""Which of some lengths, the shortest first, to try next."""


class HighestFirst:
    """The highest length, then halves."""

    def __init__(self) -> None:
        self._tried = False

    def __call__(self, lengths: Sequence[int]) -> int:
        """See :data:`Pick`."""
        first, self._tried = not self._tried, True
        return lengths[-1] if first else lengths[len(lengths) // 2]


def lowest(lengths: Sequence[int]) -> int:
    """The lowest length: a :data:`Pick`."""
    return lengths[0]


class OpenLengths:
    """Lengths of which it is not known yet whether multipliers refute them; several threads try some at a time.

    Where a length is refuted, all below are, and where one is not, none above is: whoever tries those is interrupted.

    Args:
        bound: proven before; lengths below it are refuted.
        most: lengths from here on are of no interest.

    Attributes:
        bound: the highest that is proven.
    """

    def __init__(self, bound: Bound, most: int) -> None:
        self.bound = bound
        self._end = most
        self._lock = Lock()
        self._interrupts: dict[int, Callable[[], object]] = {}

    def take(self, pick: Pick) -> int | None:
        """A length to try; ``None`` if none is left."""
        with self._lock:
            lengths = [each for each in range(self.bound.cycles, self._end) if each not in self._interrupts]
            if not lengths:
                return None
            length = pick(lengths)
            self._interrupts[length] = _nothing
            return length

    def is_open(self, length: int) -> bool:
        """Whether nobody knows about a length yet."""
        return self.bound.cycles <= length < self._end

    def begin(self, length: int, interrupt: Callable[[], object]) -> bool:
        """Note how whoever is about to try a length is interrupted; whether it is still open."""
        with self._lock:
            self._interrupts[length] = interrupt
            return self.is_open(length)

    def note(self, length: int, proof: Bound | None) -> None:
        """What trying a length has led to: a bound above it, or none."""
        with self._lock:
            del self._interrupts[length]
            if not self.is_open(length):
                return
            if proof is None:
                self._end = length
            else:
                self.bound = proof
            for other, interrupt in self._interrupts.items():
                if not self.is_open(other):
                    interrupt()


def _nothing() -> None:
    """Interrupts who has not begun yet."""
