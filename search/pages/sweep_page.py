"""A sweep as one page: the winning settings first, charts to point at, and tables of trials to sort and to filter."""

import base64
from collections.abc import Sequence
from typing import Any

from search.pages.frame import chart_page
from search.pages.sweep_charts import MOST_AXES, progress_chart, settings_chart
from search.sweep.reporting.analyze import Attempt, StudyAnalysis, SweepAnalysis
from search.sweep.reporting.plots import Picture
from search.sweep.reporting.tables import (
    facts,
    failures_table,
    feature_rows,
    importance_table,
    remarks,
    short_name,
    studies_table,
    value_rows,
)

MOST_TRIALS = 500
"""Trials of a study in its table, the best first; all are in the journal."""


def sweep_page(sweep: SweepAnalysis, drawn: Sequence[Picture]) -> str:
    """The page; ``drawn`` are the pictures, of which those of features are shown."""
    charts: dict[str, Any] = {}
    for study in sweep.studies:
        if study.best is not None:
            charts[f"progress{study.number}"] = progress_chart(study)
            charts[f"settings{study.number}"] = settings_chart(_trials(study)[::-1], _dimensions(study)[:MOST_AXES])
    return chart_page(
        "sweep.html",
        charts,
        f"sweep {sweep.name}",
        facts=list(facts(sweep)),
        studies=studies_table(sweep),
        features=[feature_rows(series) for series in sweep.features],
        pictures=[_embedded(picture) for picture in drawn if picture.name.split("-")[0] == "features"],
        sections=[_section(study) for study in sweep.studies],
        failures=failures_table(sweep) if sweep.failures else None,
        remarks=remarks(),
        bokeh_script=None,
    )


def _section(study: StudyAnalysis) -> dict[str, Any]:
    """What the template shows of a study."""
    dimensions, trials = _dimensions(study), _trials(study)
    varying = [name for name in dimensions if len({(each.point or {}).get(name) for each in trials}) > 1]
    importance = study.importance
    best = study.best
    return {
        "study": study,
        "winner": {short_name(name): _text(best.point[name]) for name in dimensions} if best and best.point else {},
        "names": [short_name(name) for name in varying],
        "trials": [(each, [_text((each.point or {}).get(name, "-")) for name in varying]) for each in trials],
        "tables": [importance_table(study), *(value_rows(study, table) for table in study.values)]
        if importance.weights
        else [],
        "doubt": importance.reason or importance.doubt,
    }


def _trials(study: StudyAnalysis) -> list[Attempt]:
    """The trials that led to programs, the fewest cycles first."""
    found = [each for each in study.attempts if each.cycles is not None and each.point is not None]
    return sorted(found, key=lambda each: (each.cycles or 0, each.place))[:MOST_TRIALS]


def _dimensions(study: StudyAnalysis) -> list[str]:
    """All dimensions of a study, those that matter most first."""
    weighed = [weight.dimension for weight in study.importance.weights]
    others = sorted({name for each in study.attempts for name in each.point or {}} - set(weighed))
    return weighed + others


def _text(value: float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _embedded(picture: Picture) -> tuple[str, str]:
    return picture.shows, f"data:image/png;base64,{base64.b64encode(picture.png).decode()}"
