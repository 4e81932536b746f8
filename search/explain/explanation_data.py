"""An explanation as plain data, for programs to read."""

from typing import Any

from search.explain.bound_basis import BoundBasis
from search.explain.cycle_timeline import TimelineRow
from search.explain.explanation import Explanation
from search.explain.idle_slots import REASONS, EngineUse
from search.explain.operation_text import GraphText
from search.explain.readiness import NOBODY
from search.explain.schedule_chain import Link


def explanation_data(told: Explanation) -> dict[str, Any]:
    """The explanation as JSON holds it; cycles count from 0, prices are in cycles."""
    return {
        "engines": [_engine(use) for use in told.engines],
        "live_words": told.live_words.tolist(),
        "scratch_words": told.prepared.machine.scratch_words,
        "chain": {
            "totals": {wait.value: count for wait, count in told.chain.totals.items()},
            "links": [_link(told, link) for link in told.chain.links],
        },
        "bound": _basis(told, told.basis),
        "changes": [
            {"what": change.what, "bound": change.bound.cycles, "saves": saved(told, change.bound.cycles)}
            for change in told.changes
        ],
    }


def timeline_data(text: GraphText, rows: tuple[TimelineRow, ...]) -> list[dict[str, Any]]:
    """Rows of a timeline."""
    return [
        {
            **{"operation": text.operation(row.operation), "source": text.source(row.operation)},
            **{"engine": row.engine, "cycle": row.cycle, "marks": row.marks},
        }
        for row in rows
    ]


def saved(told: Explanation, cycles: int) -> int:
    """Cycles by which a bound is below the one that chains and work prove of the graph as it is."""
    return told.basis.computed.cycles - cycles


def _engine(use: EngineUse) -> dict[str, Any]:
    return {
        "name": use.name,
        "slots": use.slots,
        "issued": use.issued,
        "utilisation": round(use.utilisation, 6),
        "ramp": use.ramp,
        "drain": use.drain,
        "idle": {reason.value: count for reason, count in use.idle.items()},
        "used": use.used.tolist(),
        "idle_reasons": [None if place < 0 else REASONS[place].value for place in use.reasons.tolist()],
    }


def _link(told: Explanation, link: Link) -> dict[str, Any]:
    return {
        "operation": told.text.operation(link.operation),
        "slot": told.text.slot(link.slot),
        "source": told.text.source(link.operation),
        "engine": link.engine,
        "cycle": link.cycle,
        "ready": link.ready,
        "waited_for": None if link.waited_for == NOBODY else told.text.slot(link.waited_for),
        "dependence": None if link.dependence is None else link.dependence.value,
        "delays": {wait.value: count for wait, count in link.delays.items()},
    }


def _basis(told: Explanation, basis: BoundBasis) -> dict[str, Any]:
    flat = told.prepared.flat
    owners = flat.implementation_operations[flat.slot_implementations[list(basis.path)]].tolist() if basis.path else []
    return {
        "cycles": basis.bound.cycles,
        "argument": basis.bound.argument,
        "basis": basis.basis.value,
        "chains_and_work": basis.computed.cycles,
        "path": {"cycles": basis.path_cycles, "operations": [told.text.operation(owner) for owner in owners]},
        "work": None if basis.work is None else basis.work.bound.cycles,
        "prices": {name: round(float(price), 6) for name, price in basis.engines.items()},
        "operations": [
            {
                **{"name": worth.name, "count": worth.count},
                **{"cycles": round(float(worth.cycles), 6), "one_fewer": round(float(worth.each), 6)},
            }
            for worth in basis.operations
        ],
    }
