"""The bound from chains of dependences and the work on engines, which takes milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from machine.certificates.certificate import Lift
from search.analysis.chains import critical_path
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.critical_chain import critical_chain
from search.bounds.lifted_heads import lift_heads
from search.bounds.work_bound import WorkBound, best_work_bound

_LIFTED_AT_MOST = 2
"""Work lifts heads by less than this factor: a critical path that is shorter in proportion cannot become the bound."""


@dataclass(frozen=True)
class ChainsAndWork:
    """What chains prove, and what work does.

    Attributes:
        path: the longest chain of dependences, with lifted heads if there are any.
        work: the best work bound; ``None`` for a graph without operations.
        is_lifted: whether heads were lifted by the work before them.
    """

    path: Bound
    work: WorkBound | None
    is_lifted: bool

    @property
    def best(self) -> Bound:
        """The better of the two; the path where they are equal."""
        return self.path if self.work is None or self.work.bound.cycles <= self.path.cycles else self.work.bound


def lower_bound(prepared: PreparedGraph) -> Bound:
    """The best bound from chains and work, with what certifies it."""
    return chains_and_work(prepared).best


def chains_and_work(prepared: PreparedGraph) -> ChainsAndWork:
    """What chains and work prove; heads are lifted where that proves more."""
    plain = _prove(prepared, "critical path", ())
    if plain.work is None or plain.best.cycles > _LIFTED_AT_MOST * plain.path.cycles:
        return plain
    engines = prepared.machine.scored_engines
    prices = [*([Fraction(one is other) for one in engines] for other in engines), plain.work.prices]
    heads, rows = lift_heads(prepared, prices)
    if len(rows) == 0:
        return plain
    length = critical_path(prepared.flat, heads, prepared.chains.slot_tails)
    raised = replace(prepared, chains=prepared.chains._replace(slot_heads=heads, critical_path=length))
    lifted = _prove(raised, "critical path, with the work along it", _lifts(prepared, rows.tolist(), prices))
    return lifted if lifted.best.cycles > plain.best.cycles else plain


def _prove(prepared: PreparedGraph, argument: str, lifts: tuple[Lift, ...]) -> ChainsAndWork:
    path = Bound(prepared.chains.critical_path, argument, critical_chain(prepared, lifts))
    return ChainsAndWork(path, best_work_bound(prepared, lifts), bool(lifts))


def _lifts(
    prepared: PreparedGraph, rows: Sequence[Sequence[int]], prices: Sequence[Sequence[Fraction]]
) -> tuple[Lift, ...]:
    """The rows of :class:`~search.bounds.lifted_heads.LiftedHeads`, in words that do not need the flat graph."""
    flat, engines = prepared.flat, prepared.machine.scored_engines
    named = [tuple((e.name, str(p)) for e, p in zip(engines, row, strict=True) if p > 0) for row in prices]
    lifts = []
    for slot, since, before, number in rows:
        implementation = int(flat.slot_implementations[slot])
        operation = int(flat.implementation_operations[implementation])
        place = implementation - int(flat.operation_starts[operation]), slot - flat.slots_of(implementation).start
        lifts.append(Lift(operation, *place, since, before, named[number]))
    return tuple(lifts)
