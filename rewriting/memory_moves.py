"""Equalities about loads: addresses that are known better, choices in place of loads, tables changed beforehand.

All loads of a template see memory as it is after the same stores or, in :class:`~rewriting.terms.Region`, say so.
"""

from collections.abc import Callable, Iterable

from rewriting.egraph import EGraph
from rewriting.linear import LinearForms
from rewriting.terms import LOAD, SELECT, Region

NARROWED = "a load's address is known better"
SPLIT = "a load is a choice by a bit of its address"
MAPPED = "a table changed in place, for all that load from it"

MOST_WORDS_SPLIT = 16
"""Words of a region up to which a load is a choice between loads."""


class MemoryMoves:
    """Finds these equalities.

    ``may_map`` says whether the words of a region may be changed in place: nothing else reads or stores them, and they
    are no output.
    """

    def __init__(self, egraph: EGraph, sums: LinearForms, may_map: Callable[[Region], bool]) -> None:
        self._egraph = egraph
        self._sums = sums
        self._may_map = may_map
        self._seen: set[tuple[str, int, Region]] = set()

    def update(self, classes: Iterable[int]) -> None:
        """Apply them to the nodes of classes that are new or changed."""
        for number in classes:
            for node in list(self._egraph.members(number)):
                op = self._egraph.nodes[node].op
                if op == LOAD:
                    self._narrow(node)
                    self._split(node)
                elif op == "^":
                    self._map(node)

    def _first_time(self, what: str, node: int, region: Region) -> bool:
        key = what, node, region
        new = key not in self._seen
        self._seen.add(key)
        return new

    def _narrowest(self, node: int) -> Region:
        """The region of a load, less what its address cannot be."""
        _, args, region = self._egraph.nodes[node]
        assert isinstance(region, Region)
        facts = self._egraph.facts(args[0])
        return region._replace(start=max(region.start, facts.low), stop=min(region.stop, facts.high + 1))

    def _narrow(self, node: int) -> None:
        region = self._narrowest(node)
        if region != self._egraph.nodes[node].data and region.start < region.stop:
            narrowed = self._egraph.add(LOAD, self._egraph.nodes[node].args, region, NARROWED)
            self._egraph.union(node, narrowed, NARROWED)

    def _split(self, node: int) -> None:
        """``load(k b + rest)``, for a bit ``b``, is one of ``load(k + rest)`` and ``load(rest)``.

        The bit with the least factor goes first: in an address that grows bit by bit it is the last to be known, and so
        one choice alone waits for it.
        """
        region = self._narrowest(node)
        if not 1 < region.stop - region.start <= MOST_WORDS_SPLIT or region.maps:
            return
        constant, words = self._sums.form(self._egraph.nodes[node].args[0])
        bits = [(min(factor, 2**32 - factor), word, factor) for word, factor in words if self._is_bit(word)]
        if not bits or not self._first_time(SPLIT, node, region):
            return
        _, bit, factor = min(bits)
        rest = tuple((word, times) for word, times in words if word != bit)
        addresses = [self._sums.class_of(((constant + addend) % 2**32, rest)) for addend in (factor, 0)]
        known = [self._egraph.facts(address) for address in addresses]
        if any(facts.low < region.start or facts.high >= region.stop for facts in known):
            return  # a choice loads both: an address that is never used may be none
        loads = [self._egraph.add(LOAD, (address,), region, SPLIT) for address in addresses]
        self._egraph.union(node, self._egraph.add(SELECT, (bit, loads[0], loads[1]), None, SPLIT), SPLIT)

    def _is_bit(self, number: int) -> bool:
        facts = self._egraph.facts(number)
        return (facts.low, facts.high) == (0, 1)

    def _map(self, node: int) -> None:
        """``load(table, i) ^ c`` is ``load(table ^ c, i)``."""
        op, args, _ = self._egraph.canonical(node)
        for loaded, other in (args, args[::-1]):
            constant = self._egraph.value(other)
            if constant is None or self._egraph.uniform(loaded):
                continue
            for load in list(self._egraph.members(loaded)):
                if self._egraph.nodes[load].op == LOAD:
                    self._map_load(node, load, op, constant)

    def _map_load(self, node: int, load: int, op: str, constant: int) -> None:
        region = self._narrowest(load)
        if region.maps or not self._may_map(region) or not self._first_time(MAPPED, node, region):
            return
        mapped = region._replace(maps=((op, constant),))
        self._egraph.union(node, self._egraph.add(LOAD, self._egraph.nodes[load].args, mapped, MAPPED), MAPPED)
