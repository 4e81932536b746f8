"""Lengths that a search for a bound has still to look at, shared by its threads, and which of them to look at next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from search.bounds.bound import Bound


@dataclass(frozen=True)
class Attempt:
    """A length to try to refute, with how many digits: the position of an accuracy, the first of which is coarsest."""

    length: int
    level: int


class OpenLengths:
    """Lengths of which it is not known yet whether multipliers refute them; several threads try some at a time.

    Where a length is refuted, all below are; where it is clear that multipliers do not refute one, it is so for all
    above.  Whoever tries what others have decided is interrupted.

    An attempt tells about how fast engines must be for its length, 1 being as fast as they are; what is needed falls
    about as the length grows, so that one attempt tells where the last length is that can be refuted.

    Args:
        bound: proven before; lengths below it are refuted.
        most: lengths from here on are of no interest.
        doubts: by level, how much below 1 a speed must be for its length not to be refuted with more digits either.

    Attributes:
        bound: the highest that is proven.
    """

    def __init__(self, bound: Bound, most: int, doubts: Sequence[float]) -> None:
        self.bound = bound
        self._end = most
        self._doubts = doubts
        self._lock = Lock()
        self._levels: dict[int, int] = {}
        self._speeds: dict[int, float] = {}
        self._interrupts: dict[int, Callable[[], object]] = {}

    def take(self) -> Attempt | None:
        """What to try next; ``None`` if nothing is left."""
        with self._lock:
            lengths = [each for each in range(self.bound.cycles, self._end) if each not in self._interrupts]
            if not lengths:
                return None
            length = self._most_promising(lengths)
            self._interrupts[length] = _nothing
            return Attempt(length, self._levels.get(length, 0))

    def is_open(self, length: int) -> bool:
        """Whether nobody knows about a length yet."""
        return self.bound.cycles <= length < self._end

    def begin(self, length: int, interrupt: Callable[[], object]) -> bool:
        """Note how whoever is about to try a length is interrupted; whether it is still open."""
        with self._lock:
            self._interrupts[length] = interrupt
            return self.is_open(length)

    def note(self, attempt: Attempt, speed: float | None, proof: Bound | None) -> None:
        """What an attempt has led to: a speed, unless the solver came to no end, and perhaps a bound."""
        length, level = attempt.length, attempt.level
        with self._lock:
            del self._interrupts[length]
            if speed is not None:
                self._speeds[length], self._levels[length] = speed, level + 1
            if not self.is_open(length):
                return
            if proof is not None:
                self.bound = proof
            elif speed is None or speed < 1 - self._doubts[level] or level + 1 == len(self._doubts):
                self._end = length
            for other, interrupt in self._interrupts.items():
                if not self.is_open(other):
                    interrupt()

    def _most_promising(self, lengths: Sequence[int]) -> int:
        """The highest that is likely to be refuted, or else the lowest; the first to be tried tells what is likely.

        That is the highest of all: if it is refuted, a schedule that is one cycle longer is optimal.
        """
        if not self._speeds:
            return lengths[len(lengths) // 2] if self._interrupts else lengths[-1]
        likely = [length for length in lengths if self._speed_at(length) >= 1]
        return likely[-1] if likely else lengths[0]

    def _speed_at(self, length: int) -> float:
        """The speed that a length is likely to need, from the nearest that was tried: the same work in other cycles."""
        nearest = min(self._speeds, key=lambda tried: abs(tried - length))
        return self._speeds[nearest] * nearest / length


def _nothing() -> None:
    """Interrupts who has not begun yet."""
