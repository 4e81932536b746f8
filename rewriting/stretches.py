"""Stretches of scratch that vectors share: where they land on one another, and windows on what several have left.

A window is a pack whose words all stand where they landed, one beside the other, and so costs nothing.  What has landed
is there until the next vector lands upon it; whoever reads it comes before.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rewriting.operator_names import LANE, PACK
from rewriting.terms import CONST, Landing, TermGraph


class Overwriting(NamedTuple):
    """``vector`` lands where ``term`` has these ``lanes``."""

    term: int
    lanes: frozenset[int]
    vector: int


@dataclass(frozen=True)
class Stretches:
    """Which terms lie in stretches.

    Attributes:
        landings: of vectors and windows, by term.
        sizes: words of each stretch.
        overwriting: for each stretch, what lies there, which of its lanes, and the vector that lands upon them.
        zero: the stretches with windows that show words where nothing lands.
    """

    landings: Mapping[int, Landing]
    sizes: Mapping[int, int]
    overwriting: Mapping[int, tuple[Overwriting, ...]]
    zero: frozenset[int]


NO_STRETCHES = Stretches({}, {}, {}, frozenset())


def find_stretches(graph: TermGraph, needed: Sequence[int], without: Collection[int] = ()) -> Stretches:
    """The stretches of a graph's terms that are needed, without some of them."""
    landed: dict[int, list[int]] = {}
    windows: dict[int, list[int]] = {}
    for number in needed:
        landing = graph.landings.get(number)
        if landing is not None and landing.stretch not in without and graph.table.is_vector(number):
            if graph.table[number].op == PACK:
                windows.setdefault(landing.stretch, []).append(number)
            elif number in graph.places:
                landed.setdefault(landing.stretch, []).append(number)
    landings: dict[int, Landing] = {}
    overwriting, sizes, zero = {}, {}, set()
    for stretch, vectors in landed.items():
        vectors.sort(key=lambda number: (graph.places[number], number))
        own = {number: graph.landings[number] for number in vectors}
        covered = _covered(own.values(), graph.machine.vector_length)
        whole = [number for number in windows.get(stretch, ()) if _is_window(graph, number, own, covered)]
        own |= {number: graph.landings[number] for number in whole}
        overwriting[stretch] = tuple(_overwriting(graph, own, vectors, whole))
        sizes[stretch] = max(landing.offset for landing in own.values()) + graph.machine.vector_length
        if any(graph.table[word].op == CONST for number in whole for word in graph.table[number].args):
            zero.add(stretch)
        landings |= own
    return Stretches(landings, sizes, overwriting, frozenset(zero))


def _covered(landings: Iterable[Landing], length: int) -> set[int]:
    """The words of a stretch that vectors land on."""
    return {landing.offset + lane for landing in landings for lane in range(length)}


def _is_window(graph: TermGraph, number: int, landings: Mapping[int, Landing], covered: Collection[int]) -> bool:
    """Whether the words of a pack stand where vectors have landed, or are 0 where none does."""
    window = graph.landings[number]
    for place, word in enumerate(graph.table[number].args, window.offset):
        op, args, data = graph.table[word]
        if op == LANE:
            assert isinstance(data, int)
            if args[0] not in landings or landings[args[0]].offset + data != place:
                return False
        elif op != CONST or data != 0 or place in covered or not graph.machine.scratch_starts_zero:
            return False
    return True


def _overwriting(
    graph: TermGraph, landings: Mapping[int, Landing], vectors: Sequence[int], windows: Sequence[int]
) -> Iterator[Overwriting]:
    length = graph.machine.vector_length
    top: dict[int, int] = {}
    next_on: dict[tuple[int, int], int] = {}
    for vector in vectors:
        for position in range(landings[vector].offset, landings[vector].offset + length):
            if position in top:
                next_on[top[position], position] = vector
            top[position] = vector
    for vector in vectors:
        yield from _landing_on(vector, landings[vector].offset, [vector] * length, next_on)
    for window in windows:
        owners = [next(iter(graph.table[word].args), window) for word in graph.table[window].args]
        yield from _landing_on(window, landings[window].offset, owners, next_on)


def _landing_on(
    term: int, offset: int, owners: Sequence[int], next_on: Mapping[tuple[int, int], int]
) -> Iterator[Overwriting]:
    """What lands on the lanes of a term, which belong to ``owners``."""
    lanes: dict[int, set[int]] = {}
    for lane, owner in enumerate(owners):
        vector = next_on.get((owner, offset + lane))
        if vector is not None:
            lanes.setdefault(vector, set()).add(lane)
    for vector, own in lanes.items():
        yield Overwriting(term, frozenset(own), vector)
