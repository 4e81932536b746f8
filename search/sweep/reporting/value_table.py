"""How the trials of a study went with each value of a dimension."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from math import inf
from statistics import fmean
from typing import NamedTuple

from search.sweep.reporting.importance import is_numeric
from search.sweep.sampling.dimension import Coordinate
from search.sweep.sampling.space import Point

_MOST_VALUES = 8
"""Numbers of more values than this are put together in groups."""

_GROUPS = 5


class Tried(NamedTuple):
    """A trial's point, and its cycles; ``None`` for one that failed."""

    point: Point
    cycles: int | None


@dataclass(frozen=True)
class ValueRow:
    """How trials with a value, or with values of a range, went.

    Attributes:
        value: the value, or ``from .. to``.
        trials: with it.
        failed: the number of trials that led to no program.
        best: the fewest cycles of the others; ``None`` where there are none.
        mean: of their cycles.
    """

    value: str
    trials: int
    failed: int
    best: int | None
    mean: float | None


@dataclass(frozen=True)
class ValueTable:
    """How trials went with each value of a dimension; numbers in order, other values by their mean."""

    dimension: str
    rows: tuple[ValueRow, ...]


def value_table(dimension: str, tried: Sequence[Tried]) -> ValueTable:
    """Results by value of a dimension; trials whose points do not have the dimension do not count."""
    by_value: dict[Coordinate, list[int | None]] = {}
    for trial in tried:
        if dimension in trial.point:
            by_value.setdefault(trial.point[dimension], []).append(trial.cycles)
    if is_numeric(by_value):
        return ValueTable(dimension, tuple(_number_rows(by_value)))
    rows = [_row(str(value), cycles) for value, cycles in by_value.items()]
    return ValueTable(dimension, tuple(sorted(rows, key=_quality)))


def _number_rows(by_value: Mapping[Coordinate, list[int | None]]) -> Iterator[ValueRow]:
    """A row for every number, in order; where there are many, a row for every group of about as many trials."""
    values = sorted(by_value, key=float)
    many, trials = len(values) > _MOST_VALUES, sum(map(len, by_value.values()))
    before = [0, *accumulate(len(by_value[value]) for value in values)]
    groups = {value: before[n] * _GROUPS // trials if many else n for n, value in enumerate(values)}
    for _, group in groupby(values, key=groups.__getitem__):
        members = list(group)
        text = " .. ".join(dict.fromkeys((_text(members[0]), _text(members[-1]))))
        yield _row(text, [cycles for value in members for cycles in by_value[value]])


def _text(value: Coordinate) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _row(value: str, cycles: Sequence[int | None]) -> ValueRow:
    found = [each for each in cycles if each is not None]
    best, mean = (min(found), fmean(found)) if found else (None, None)
    return ValueRow(value, len(cycles), len(cycles) - len(found), best, mean)


def _quality(row: ValueRow) -> tuple[float, str]:
    return (inf if row.mean is None else row.mean), row.value
