"""Heads lifted by the work that must come before a slot, for the checker of certificates alone, in plain Python.

Let slots whose heads are ``h`` or more, and from the issue of each of which ``d`` cycles or more lead to that of
another slot, do work of price ``W`` at least, and let all slots of a cycle be worth ``V``.  They issue in cycles ``h``
to ``t - d``, where ``t`` is the cycle of that slot: so ``(t - d - h + 1) V >= W``.

The work is found backwards from the slot.  What it reads has landed by its issue; a slot that writes what is read
issues its latency before that; and so on.  Of alternatives, an operation waits for what all of them read, and does the
least work that one of them does.
"""

from collections.abc import Mapping
from fractions import Fraction
from heapq import heappop, heappush
from math import ceil

from machine.certificates.certificate import CertificateError, Lift, Prices, fraction
from machine.certificates.slots import Flow, Result
from machine.model import Machine


def prices_by_engine(machine: Machine, prices: Prices) -> dict[str, Fraction]:
    """The price of each engine's slots.

    Raises:
        CertificateError: an engine has two, or there is no such engine.
    """
    found = {engine.name: Fraction(0) for engine in machine.scored_engines}
    if len({name for name, _ in prices}) < len(prices):
        raise CertificateError("an engine has two prices")
    for name, price in prices:
        if name not in found:
            raise CertificateError(f"the machine has no engine '{name}' whose slots are scored")
        found[name] = fraction(price)
    return found


def worth_of_cycle(machine: Machine, prices: Mapping[str, Fraction]) -> Fraction:
    """The price of all slots of a cycle."""
    return sum((prices[engine.name] * engine.slots for engine in machine.scored_engines), Fraction(0))


def lifted_head(flow: Flow, machine: Machine, heads: list[list[list[int]]], lift: Lift) -> int:
    """The head that a lift gives to its slot; ``heads`` are those of all operations up to its own."""
    prices = prices_by_engine(machine, lift.prices)
    work = _Backwards(flow, heads, lift).work(prices)
    return 0 if work == 0 else lift.since + lift.before + ceil(work / worth_of_cycle(machine, prices)) - 1


class _Backwards:
    """The way back from a lifted slot: the least cycles to its issue, from when each result has landed."""

    def __init__(self, flow: Flow, heads: list[list[list[int]]], lift: Lift) -> None:
        self._flow, self._heads, self._lift = flow, heads, lift
        self._landed: dict[int, dict[Result, int]] = {}
        self._pending: list[int] = []

    def work(self, prices: Mapping[str, Fraction]) -> Fraction:
        """The price of the work that the lift speaks of, at the least."""
        lift, total = self._lift, Fraction(0)
        for result in self._flow.slots[lift.operation][lift.implementation][lift.slot].reads:
            self._need(lift.operation, result, 0)
        while self._pending:
            operation = -heappop(self._pending)
            issued = self._issued(operation)
            costs = []
            for slots, heads, row in zip(self._flow.slots[operation], self._heads[operation], issued, strict=True):
                both = zip(slots, heads, row, strict=True)
                counted = [slot for slot, head, cycles in both if head >= lift.since and cycles >= lift.before]
                costs.append(sum((prices[slot.engine] for slot in counted), Fraction(0)))
            total += min(costs)
            self._pass_on(operation, issued)
        return total

    def _issued(self, operation: int) -> list[list[int]]:
        """The least cycles from the issue of each slot of an operation; -1 for one that does not lead there."""
        landed = self._landed.pop(operation)
        rows = []
        for slots in self._flow.slots[operation]:
            most = [max((landed.get(result, -1) for result in slot.writes), default=-1) for slot in slots]
            rows.append([m + slot.latency if m >= 0 else -1 for m, slot in zip(most, slots, strict=True)])
        return rows

    def _pass_on(self, operation: int, issued: list[list[int]]) -> None:
        """Note what an operation waits for: of alternatives, what all of them read."""
        needs: list[dict[Result, int]] = []
        for slots, row in zip(self._flow.slots[operation], issued, strict=True):
            need: dict[Result, int] = {}
            for slot, cycles in zip(slots, row, strict=True):
                need.update((read, max(cycles, need.get(read, 0))) for read in slot.reads if cycles >= 0)
            needs.append(need)
        for result in set(needs[0]).intersection(*needs[1:]):
            self._need(operation, result, min(need[result] for need in needs))

    def _need(self, reader: int, result: Result, cycles: int) -> None:
        source = self._flow.sources[reader].get(result)
        if source is None or max(max(row, default=0) for row in self._heads[source]) < self._lift.since:
            return
        if source not in self._landed:
            self._landed[source] = {}
            heappush(self._pending, -source)
        self._landed[source][result] = max(cycles, self._landed[source].get(result, 0))
