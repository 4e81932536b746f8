"""Cycles against features of a machine: for sweeps whose file varies one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from machine.errors import UserError
from machine.features import Feature
from machine.strict_table import StrictTable
from search.sweep.study import StudySpec, read_studies


@dataclass(frozen=True)
class FeaturePoint:
    """The best of a study.

    Attributes:
        value: of the feature.
        study: the number of the study.
        cycles: of its best program; ``None`` while it has none.
        bound: of that program's graph.
        is_origin: whether it is that of the machine that is varied.
    """

    value: int
    study: int
    cycles: int | None
    bound: int | None
    is_origin: bool


@dataclass(frozen=True)
class FeatureSeries:
    """The best for each value of a feature, the least value first.

    Attributes:
        title: problem, shape, category and the machine that is varied.
        feature: its name.
        points: two at least.
    """

    title: str
    feature: str
    points: tuple[FeaturePoint, ...]


Best = Mapping[int, tuple[int | None, int | None]]
"""Cycles and bound of the best of studies, by their numbers."""


def feature_series(file: Mapping[str, Any], best: Best) -> tuple[FeatureSeries, ...]:
    """The series of a sweep file, as far as there are studies; none where it can no longer be read."""
    try:
        studies = read_studies(StrictTable(file, "sweep file"))
    except UserError:
        return ()
    series: dict[tuple[str, Feature], list[FeaturePoint]] = {}
    for study in studies:
        if study.variant is not None and study.variant.feature is not None:
            series.setdefault((_title(study), study.variant.feature), [])
    for number, study in enumerate(studies):
        for (title, feature), points in series.items():
            if number in best and title == _title(study) and study.variant and study.variant.feature in (None, feature):
                is_origin = study.variant.feature is None
                points.append(FeaturePoint(feature.value(study.task.machine), number, *best[number], is_origin))
    return tuple(
        FeatureSeries(title, str(feature), tuple(sorted(points, key=lambda point: point.value)))
        for (title, feature), points in series.items()
        if len(points) > 1
    )


def _title(study: StudySpec) -> str:
    """The same for all variations of a machine in a task."""
    task, variant = study.task, study.variant
    machine = task.machine if variant is None else variant.origin
    return f"{task.problem} {task.shape} {task.category} on {machine.name}"
