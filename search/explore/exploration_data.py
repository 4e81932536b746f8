"""An exploration as plain data, for JSON and for pages."""

from typing import Any

from search.explore.exploration import Exploration, Row
from search.explore.variant import VariantResult
from search.explore.verdict import best_unit, sentences


def exploration_data(found: Exploration) -> dict[str, Any]:
    """The exploration; variants are in the order of cycles saved."""
    task, unit = found.task, best_unit(found)
    return {
        "problem": task.problem,
        "shape": task.shape,
        "category": task.category,
        "machine": task.machine.name,
        **_result(found.base),
        "variants": [row_data(found, row) for row in found.ranked],
        "worth_adding": None if unit is None else str(unit.variant),
        "says": sentences(found),
        "interrupted": found.is_interrupted,
    }


def row_data(found: Exploration, row: Row) -> dict[str, Any]:
    """A variant and its result."""
    feature, result = row.variant.feature, row.result
    assert feature is not None, "the machine itself is no row"
    return {
        "feature": str(feature),
        "was": feature.value(found.task.machine),
        "value": row.variant.value,
        "end": result.end.value,
        "saved": found.saved(row),
        **_result(result),
        "why": result.why,
    }


def _result(result: VariantResult) -> dict[str, Any]:
    bound, program = result.bound, result.program
    return {
        "cycles": result.cycles,
        "bound": None if bound is None else bound.cycles,
        "optimal": bound is not None and result.cycles == bound.cycles,
        "knobs": None if program is None else program.knobs,
    }
