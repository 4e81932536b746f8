"""What a bound rests on, in words."""

from collections.abc import Iterable, Sequence

from search.explain.bound_basis import Basis
from search.explain.explanation import Explanation

_MOST_RUNS = 12


def grounds(told: Explanation) -> Iterable[str]:
    """Sentences on what the bound rests on, and on what a slot of work costs."""
    basis = told.basis
    if basis.basis in (Basis.COUNTS, Basis.MULTIPLIERS):
        yield f"Chains and work alone prove {basis.computed.cycles}: what follows is reckoned from there."
    if basis.on_path:
        flat = told.prepared.flat
        owners = flat.implementation_operations[flat.slot_implementations[list(basis.path)]].tolist()
        names = [told.prepared.graph.operations[owner].name for owner in owners]
        yield f"It rests on a chain of {len(names)} slots: {_in_runs(names)}."
        if basis.lifting:
            more = basis.computed.cycles - basis.path_cycles
            yield f"The chain takes {basis.path_cycles} cycles; work on {_listed(basis.lifting)} along it, {more} more."
    if basis.work is not None:
        prices = ", ".join(f"{float(price):.3g} of {name}" for name, price in basis.engines.items())
        verb = f"Work alone proves {basis.work.bound.cycles}, from" if basis.on_path else "It rests on"
        yield f"{verb} the slots of {_listed(list(basis.engines))}."
        yield f"What one slot of work costs, in cycles: {prices}."


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _in_runs(names: Sequence[str]) -> str:
    """Names in order, equal ones that follow each other counted; at most a dozen."""
    runs: list[tuple[str, int]] = []
    for name in names:
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1] + 1)
        else:
            runs.append((name, 1))
    texts = [name if count == 1 else f"{count} {name}" for name, count in runs]
    return ", ".join(texts if len(texts) <= _MOST_RUNS else [*texts[:_MOST_RUNS], "..."])
