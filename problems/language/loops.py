"""Loops over indices: how they are divided, what their iterations touch, and the knobs that follow."""

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from math import gcd

import numpy as np
from numpy.typing import NDArray

from problems.knobs import ChoiceKnob, IntegerKnob, Knob
from problems.language.lane_places import Place
from problems.language.values import Span

OVERLAP, WORDS = "overlap", "words"
MOST_UNROLLED = 32

LoopRun = tuple[str, int]
"""A loop by name, and how many times it has begun."""


@dataclass(frozen=True, slots=True)
class Access:
    """Words of an array that an iteration touches: ``scale * i + constant``, or anywhere.

    Attributes:
        reach: with subscripts that are looked up, how far beyond that a word may be.
        step: of what that distance is a multiple.
        is_word: whether it is one word for all indices.
        number: which of the iteration's stores to words that are looked up; no two are known to be the same words.
    """

    array: str
    constant: int
    scale: int
    anywhere: bool
    reach: int = 0
    step: int = 0
    is_word: bool = False
    number: int = 0

    def clashes(self, other: "Access", indices: range) -> bool:
        """Whether an iteration may touch by this what another touches by ``other``."""
        if self.array != other.array or not indices:
            return False
        if self.anywhere or other.anywhere:
            return True
        if (self.constant, self.scale) == (other.constant, other.scale):
            return self.scale == 0
        if self.scale == other.scale > 0 and (self.constant - other.constant) % self.scale:
            return False  # of every second word, say, one has the even ones and the other the odd ones
        mine, others = (_touched(access, indices) for access in (self, other))
        return mine.start < others.stop and others.start < mine.stop

    def collides(self, other: "Access", indices: range) -> bool:
        """Whether an iteration may store by this where another stores by ``other``, a different store of the loop.

        Then the last of the two stores depends on how many iterations are computed together.  Of two stores to words
        that all iterations store alike, it does not.
        """
        if self.array != other.array or self == other or (self.is_word and other.is_word):
            return False
        numbers, step = np.arange(indices.start, indices.stop), max(gcd(self.step, other.step), 1)
        mine = self.scale * numbers + self.constant

        def meets(others: NDArray[np.int64]) -> NDArray[np.bool_]:
            """Whether each index may touch by this what another of these does by ``other``."""
            apart = mine - other.scale * others - other.constant
            is_near = (-self.reach <= apart) & (apart <= other.reach) & (apart % step == 0)
            found: NDArray[np.bool_] = is_near & (others != numbers) & (others < indices.stop)
            return found

        if other.scale == 0:  # any other index will do
            return bool(meets(np.where(numbers == indices.start, indices.start + 1, indices.start)).any())
        first = np.maximum(-((other.constant + other.reach - mine) // other.scale), indices.start)
        # So many indices in a row have every remainder that more would have, the index itself left out.
        in_a_row = min(2 * step, (self.reach + other.reach) // other.scale + 1)
        return any(meets(first + further).any() for further in range(in_a_row))


def _touched(access: Access, indices: range) -> range:
    first, last = (access.scale * number + access.constant for number in (indices[0], indices[-1]))
    return range(first, last + 1)


@dataclass
class Loop:
    """A loop as written; it may run several times, inside a loop of Python's.

    Attributes:
        name: in the names of its knobs.
        place: where it is written.
        sizes: for each time that it ran, how many indices it had.
        loaded: what it loads, in this run.
        stored: what it stores, in this run.
        lookups: how many stores to words that are looked up the iteration has so far.
        loaded_arrays: what it loads, in all runs.
        stored_arrays: what it stores, in all runs.
        apart: how many accesses to words that are not side by side its iterations have had, in all runs.
        together: how many to words that are.
        takes: how many values of so many lanes each total takes in it, in all runs.
    """

    name: str
    place: Place
    sizes: list[int] = field(default_factory=list)
    loaded: set[Access] = field(default_factory=set)
    stored: set[Access] = field(default_factory=set)
    lookups: int = 0
    loaded_arrays: set[str] = field(default_factory=set)
    stored_arrays: set[str] = field(default_factory=set)
    apart: int = 0
    together: int = 0
    takes: Counter[tuple[Hashable, int]] = field(default_factory=Counter)

    @property
    def has_total(self) -> bool:
        """Whether a total takes values in it."""
        return bool(self.takes)

    @property
    def may_overlap(self) -> bool:
        """Whether an index may be computed twice: nothing is counted, and what is stored is not loaded."""
        return not self.has_total and self.loaded_arrays.isdisjoint(self.stored_arrays)

    @property
    def run(self) -> LoopRun:
        """Which loop it is, and which of its runs goes on."""
        return self.name, len(self.sizes)

    def begin(self, size: int) -> None:
        """Another run, of so many indices."""
        self.sizes.append(size)
        self.loaded, self.stored = set(), set()

    def numbered(self, store: Access) -> Access:
        """A store, told from the others of its iteration."""
        self.lookups += store.anywhere
        return replace(store, number=self.lookups) if store.anywhere else store

    def note(self, access: Access, *, is_store: bool, is_apart: bool) -> None:
        """Remember what an iteration touches, and whether as words that are not side by side."""
        self.apart += is_apart
        self.together += not is_apart and not access.is_word
        (self.stored if is_store else self.loaded).add(access)
        (self.stored_arrays if is_store else self.loaded_arrays).add(access.array)

    def knobs(self, lanes: int) -> Iterator[Knob]:
        """The choices that the loop leaves to a search, on a machine of so many lanes."""
        most = max((-(-size // lanes) for size in self.sizes), default=0)
        if most > 1:
            yield IntegerKnob(f"{self.name}.group", 1, "vectors of the loop that make one stream", 1, most)
        if most > 1 and max(self.takes.values(), default=0) > 1:
            limit = min(most, MOST_UNROLLED)
            yield IntegerKnob(f"{self.name}.unroll", min(4, limit), "partial totals side by side", 1, limit)
        if self.may_overlap and any(size > lanes and size % lanes for size in self.sizes):
            tails = (OVERLAP, WORDS)
            summary = "indices left over: a vector moved back, or words"
            yield ChoiceKnob(f"{self.name}.tail", self._usual_tail(lanes), summary, tails, formerly=OVERLAP)

    def _usual_tail(self, lanes: int) -> str:
        """Words where they take fewer loads and stores than a vector, which has one a lane for words apart."""
        left_over = [size % lanes for size in self.sizes if size > lanes and size % lanes]
        of_words = sum(left_over) * (self.apart + self.together)
        of_vectors = len(left_over) * (self.apart * lanes + self.together)
        return WORDS if of_words < of_vectors else OVERLAP


def spans(indices: range, lanes: int, tail: str, place: Place) -> Iterator[Span]:
    """The indices, a vector at a time; what is left over is a vector moved back, or words one by one."""
    whole = len(indices) // lanes * lanes
    for start in range(0, whole, lanes):
        yield Span(indices.start + start, lanes, indices, place)
    if whole < len(indices) and tail == OVERLAP and whole:
        yield Span(indices.stop - lanes, lanes, indices, place)
    elif whole < len(indices):
        for number in range(indices.start + whole, indices.stop):
            yield Span(number, 1, indices, place)
