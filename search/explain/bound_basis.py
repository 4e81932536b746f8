"""What a bound rests on, and what a change of the machine or the kernel would be worth, in cycles.

A work bound has a price for each engine: the cycles that one slot of work on it costs.  Of an operation, the cheapest
implementation counts.  What more slots are worth is not read from prices, which hold only for small changes: the bound
is computed anew for the changed machine.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

import numpy as np

from machine.certificates.certificate import MultiplierCertificate, PathCertificate
from machine.errors import UserError
from machine.graph.dependences import EdgeKind
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.chains_and_work import chains_and_work, lower_bound
from search.bounds.work_bound import WorkBound


class Basis(Enum):
    """The kind of argument that gives the bound."""

    PATH = "the longest chain of dependences"
    LIFTED_PATH = "the longest chain of dependences, and work along it"
    WORK = "the work of operations on engines"
    MULTIPLIERS = "prices of slots by cycle, and what waits for what, beyond chains and work"
    COUNTS = "counts of slots by cycle, beyond chains and work"


@dataclass(frozen=True)
class OperationWorth:
    """What operations of one name cost in the work bound.

    Attributes:
        name: of the operations.
        count: how many there are among those of the bound.
        cycles: of the bound that all of them cost together; one fewer is worth the share of one.
    """

    name: str
    count: int
    cycles: Fraction

    @property
    def each(self) -> Fraction:
        """Cycles that one fewer is worth, on average."""
        return self.cycles / self.count


@dataclass(frozen=True)
class BoundBasis:
    """What a bound rests on.

    Attributes:
        bound: the bound.
        basis: the argument's kind.
        computed: the bound from chains and work alone; all that changes are worth is reckoned from it.
        path: the slots of a longest chain of dependences, in order; it takes ``path_cycles``.
        path_cycles: the bound from chains alone.
        work: the best bound from work alone; ``None`` for a graph without operations.
        engines: names of the engines that the work bound rests on, and the price of a slot of each, in cycles.
        operations: what operations cost in the work bound, by name, the dearest first.
    """

    bound: Bound
    basis: Basis
    computed: Bound
    path: tuple[int, ...]
    path_cycles: int
    work: WorkBound | None
    engines: Mapping[str, Fraction]
    operations: tuple[OperationWorth, ...]

    @property
    def on_path(self) -> bool:
        """Whether a chain of dependences proves what is computed."""
        return isinstance(self.computed.certificate, PathCertificate)

    @property
    def lifting(self) -> list[str]:
        """Names of the engines whose work on the way of that chain makes it longer."""
        certificate = self.computed.certificate
        lifts = certificate.lifts if isinstance(certificate, PathCertificate) else ()
        return sorted({name for lift in lifts for name, _ in lift.prices})


@dataclass(frozen=True)
class Change:
    """A change of the machine, and the bound from chains and work that it leads to."""

    what: str
    machine: Machine
    bound: Bound


def bound_basis(prepared: PreparedGraph, bound: Bound) -> BoundBasis:
    """What ``bound``, a proven bound of the graph, rests on."""
    proven = chains_and_work(prepared)
    work, computed = proven.work, proven.best
    basis = Basis.WORK
    if computed == proven.path:
        basis = Basis.LIFTED_PATH if proven.is_lifted else Basis.PATH
    if bound.cycles > computed.cycles:
        basis = Basis.MULTIPLIERS if isinstance(bound.certificate, MultiplierCertificate) else Basis.COUNTS
    engines = prepared.machine.scored_engines
    prices = work.prices if work is not None else ()
    named = {engine.name: price for engine, price in zip(engines, prices, strict=False) if price > 0}
    worths = () if work is None else _operation_worths(prepared, work)
    return BoundBasis(
        bound, basis, computed, _longest_path(prepared), prepared.chains.critical_path, work, named, worths
    )


def slot_changes(prepared: PreparedGraph) -> Iterator[Change]:
    """One more slot of each engine."""
    machine = prepared.machine
    for engine in machine.scored_engines:
        name = f"{machine.name}, {engine.slots + 1} slots of {engine.name}"
        try:
            changed = machine.variant(name, slots={engine.name: engine.slots + 1})
        except UserError:  # as many as there may be
            continue
        graph = replace(prepared.graph, machine=changed)
        yield Change(f"one more slot of {engine.name}", changed, lower_bound(replace(prepared, graph=graph)))


def lane_changes(prepared: PreparedGraph, rebuild: Callable[[Machine], PreparedGraph]) -> Iterator[Change]:
    """One more lane, and twice the lanes: the kernel is built anew, and left out where it cannot be."""
    lanes = prepared.machine.vector_length
    for count, what in ((lanes + 1, "one more lane"), (2 * lanes, "twice the lanes")):
        try:
            changed = prepared.machine.variant(f"{prepared.machine.name}, {count} lanes", vector_length=count)
            built = rebuild(changed)
        except Exception:  # a kernel may refuse other lanes in any way of its own
            continue
        yield Change(what, changed, lower_bound(built))


def _operation_worths(prepared: PreparedGraph, work: WorkBound) -> tuple[OperationWorth, ...]:
    flat = prepared.flat
    prices = np.array(work.prices, dtype=object)
    costs = np.full(len(flat.implementation_operations), Fraction(0), dtype=object)
    np.add.at(costs, flat.slot_implementations, prices[flat.slot_engines])
    counts: Counter[str] = Counter()
    cycles: dict[str, Fraction] = {}
    for operation in work.operations.tolist():
        first, last = flat.operation_starts[operation], flat.operation_starts[operation + 1]
        name = prepared.graph.operations[operation].name
        counts[name] += 1
        cycles[name] = cycles.get(name, Fraction(0)) + min(costs[first:last])
    worths = [OperationWorth(name, count, cycles[name]) for name, count in counts.items()]
    return tuple(sorted(worths, key=lambda worth: (-worth.cycles, worth.name)))


def _longest_path(prepared: PreparedGraph) -> tuple[int, ...]:
    """The slots of a longest chain by heads: each is the earliest that the next can follow."""
    flat, relations, heads = prepared.flat, prepared.relations, prepared.chains.slot_heads
    if not len(heads):
        return ()
    memory = flat.edges[flat.edges[:, 2] == EdgeKind.READ_AFTER_WRITE]
    slot = _end_of_path(prepared)
    path = [slot]
    while heads[slot] > 0:
        versions = flat.reads[flat.read_starts[slot] : flat.read_starts[slot + 1]].tolist()
        writers = [
            w for v in versions for w in relations.writers[relations.writer_starts[v] : relations.writer_starts[v + 1]]
        ]
        earlier = np.array([*writers, *memory[memory[:, 1] == slot, 0]], dtype=np.int64)
        slot = int(earlier[heads[earlier] + flat.slot_latencies[earlier] == heads[slot]][0])
        path.append(slot)
    return tuple(reversed(path))


def _end_of_path(prepared: PreparedGraph) -> int:
    """The slot that lands last if all issue as early as chains allow and operations choose what ends first."""
    flat = prepared.flat
    ends = prepared.chains.slot_heads + flat.slot_latencies
    last = np.full(len(flat.implementation_operations), -1, dtype=np.int64)
    np.maximum.at(last, flat.slot_implementations, ends)
    first_end = np.minimum.reduceat(last, flat.operation_starts[:-1])
    operation = int(first_end.argmax())
    start = int(flat.operation_starts[operation])
    implementation = start + int(last[start : flat.operation_starts[operation + 1]].argmin())
    slots = np.array(flat.slots_of(implementation))
    return int(slots[ends[slots].argmax()])
