"""Multipliers of a time-indexed relaxation, for the checker of certificates alone, in plain Python and integers.

Let a slot that issues in a cycle pay that cycle's price of its engine: at most, all slots of all cycles are paid for.
Let an operation that reads a word pay for when it issues, and the operation that has written the word be paid for when
it lands, by one weight that never rises with time: since the word lands no later than it is read, together they gain
nothing.  So what a schedule pays in sum is at most the price of all slots.  If every operation, by its cheapest
implementation and each slot in its cheapest cycle between head and tail, pays more in sum than that, there is no
schedule.

This is the Lagrangian bound of the time-indexed program of Pritsker, Watters and Wolfe (1969); Moehring, Schulz, Stork
and Uetz, "Solving project scheduling problems by minimum cut computations" (2003), use it for projects.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import inf, lcm

from machine.certificates.certificate import CertificateError, MultiplierCertificate
from machine.certificates.slots import Result, Slot
from machine.certificates.times import Times
from machine.graph.operation import Graph

_Classes = tuple[int, int]
"""Of an operation that reads, and of the one that it reads from."""

_Place = tuple[int, int, int]
"""An operation, one of its implementations, and one of its slots."""


def check_multipliers(graph: Graph, certificate: MultiplierCertificate) -> None:
    """Check that there is no schedule of the certificate's length.

    Raises:
        CertificateError: it does not prove as much.
    """
    if len(certificate.classes) != len(graph.operations):
        raise CertificateError("it does not give each operation a class")
    prices, weights = _prices(graph, certificate), _weights(certificate)
    times = Times(graph)
    accounts = _Accounts(times, certificate.classes, weights)
    least: float = 0
    for operation, implementations in enumerate(times.slots):
        costs = []
        for made, slots in enumerate(implementations):
            cost: float = 0
            for number, (slot, span) in enumerate(zip(slots, times.spans[operation][made], strict=True)):
                cycles = range(span.head, certificate.length - span.tail + 1)
                pays = accounts.pays((operation, made, number), slot, prices[slot.engine], cycles)
                cost += min(pays, default=inf)
            costs.append(cost)
        least += min(costs)
    most = sum(sum(prices[engine.name]) * engine.slots for engine in graph.machine.scored_engines)
    if least <= accounts.scale * most:
        raise CertificateError(f"at its multipliers a schedule of {certificate.length} cycles could pay")


def _prices(graph: Graph, certificate: MultiplierCertificate) -> dict[str, Sequence[int]]:
    """By engine and cycle."""
    found: dict[str, Sequence[int]] = {e.name: [0] * certificate.length for e in graph.machine.scored_engines}
    if len({name for name, _ in certificate.prices}) < len(certificate.prices):
        raise CertificateError("an engine has two rows of prices")
    for name, prices in certificate.prices:
        if name not in found:
            raise CertificateError(f"the machine has no engine '{name}' whose slots are scored")
        if len(prices) != certificate.length:
            raise CertificateError(f"engine {name} has prices of {len(prices)} cycles, not of {certificate.length}")
        found[name] = prices
    return found


def _weights(certificate: MultiplierCertificate) -> dict[_Classes, list[int]]:
    """By cycle of the schedule; of later cycles they are 0."""
    found = {}
    for wait in certificate.waits:
        if any(later > weight for weight, later in pairwise(wait.weights)):
            raise CertificateError("a weight of waiting rises with time")
        row = [wait.weights[0]] * min(wait.first, certificate.length) + list(wait.weights)
        found[wait.reader, wait.source] = row[: certificate.length]
    if len(found) < len(certificate.waits):
        raise CertificateError("two classes have two waits")
    return found


class _Accounts:
    """Which weights each slot pays and is paid.

    Of the slots of an implementation that read one word, each pays its part; :attr:`scale` makes the parts integers.
    """

    def __init__(self, times: Times, classes: Sequence[int], weights: Mapping[_Classes, list[int]]) -> None:
        self._weights = weights
        self._paying: dict[_Place, list[tuple[_Classes, int]]] = defaultdict(list)
        self._paid: dict[_Place, Counter[_Classes]] = defaultdict(Counter)
        writing = [_places(n, each, lambda slot: slot.writes) for n, each in enumerate(times.slots)]
        for reader, implementations in enumerate(times.slots):
            reading = _places(reader, implementations, lambda slot: slot.reads)
            for word, source in times.flow.sources[reader].items():
                key = classes[reader], classes[source]
                writers = [each.get(word, []) for each in writing[source]]
                if key in weights and all(len(each) == 1 for each in writers):
                    for (writer,) in writers:
                        self._paid[writer][key] += 1
                    for readers in (each.get(word, []) for each in reading):
                        for place in readers:
                            self._paying[place].append((key, len(readers)))
        self.scale = lcm(*{parts for each in self._paying.values() for _, parts in each})

    def pays(self, place: _Place, slot: Slot, prices: Sequence[int], cycles: range) -> list[int]:
        """What a slot pays in sum, by the cycle in which it issues, times the scale."""
        sums = [self.scale * prices[cycle] for cycle in cycles]
        parts: Counter[_Classes] = Counter()
        for key, number in self._paying[place]:
            parts[key] += self.scale // number
        for key, part in parts.items():
            row = self._weights[key]
            sums = [before + part * _at(row, cycle) for before, cycle in zip(sums, cycles, strict=True)]
        for key, words in self._paid[place].items():
            row, part = self._weights[key], self.scale * words
            sums = [before - part * _at(row, cycle + slot.latency) for before, cycle in zip(sums, cycles, strict=True)]
        return sums


def _at(row: Sequence[int], cycle: int) -> int:
    return row[cycle] if cycle < len(row) else 0


def _places(
    operation: int, implementations: Sequence[Sequence[Slot]], words: Callable[[Slot], tuple[Result, ...]]
) -> list[dict[Result, list[_Place]]]:
    """By implementation and word, the slots that have to do with the word."""
    found: list[dict[Result, list[_Place]]] = []
    for made, slots in enumerate(implementations):
        by_word: dict[Result, list[_Place]] = defaultdict(list)
        for number, slot in enumerate(slots):
            for word in set(words(slot)):
                by_word[word].append((operation, made, number))
        found.append(by_word)
    return found
