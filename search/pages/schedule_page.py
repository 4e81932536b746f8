"""A schedule, or two beside each other, as one page to look at: charts to zoom and click, and all that `show` says."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bokeh.palettes import Bright7, Category20_20, YlGnBu9, YlOrRd9

from search.explain.bound_text import grounds
from search.explain.explanation import Explanation
from search.explain.explanation_data import explanation_data
from search.pages.frame import chart_page
from search.pages.history_charts import curve_chart, runs_chart
from search.pages.packed_columns import pack_tables
from search.pages.schedule_charts import schedule_charts
from search.pages.schedule_columns import ScheduleColumns, schedule_columns
from search.pages.subject import Subject

MOST_LINKS = 1000
"""Links of the critical chain in its table; all are drawn."""


def schedule_page(subjects: Sequence[Subject], script: str | None = None) -> str:
    """The page of an entry, or of two to be compared; ``script`` is where Bokeh is, if not to be in the page."""
    columns = [schedule_columns(subject.told, subject.candidate.decision) for subject in subjects]
    charts: dict[str, Any] = {}
    for place, subject in enumerate(subjects):
        drawn = schedule_charts(subject.told, place) | _history(subject)
        charts |= {f"{name}{place}": chart for name, chart in drawn.items()}
    title = " against ".join(f"{subject.entry.id}: {subject.entry.cycles} cycles" for subject in subjects)
    return chart_page(
        "schedule.html",
        charts,
        title,
        panes=[_pane(subject, found) for subject, found in zip(subjects, columns, strict=True)],
        data={"panes": [_data(subject.told, found) for subject, found in zip(subjects, columns, strict=True)]},
        differences=_differences(subjects),
        bokeh_script=script,
    )


def _history(subject: Subject) -> dict[str, Any]:
    found = {"runs": runs_chart(subject.runs)} if subject.runs else {}
    own = [run.curve for run in subject.runs if run.entry == subject.entry.id and run.curve]
    return found | ({"curve": curve_chart(own[-1])} if own else {})


def _pane(subject: Subject, columns: ScheduleColumns) -> dict[str, Any]:
    """What the template shows of an entry besides charts."""
    entry, told = subject.entry, subject.told
    data = explanation_data(told)
    for link, row in zip(data["chain"]["links"], columns.chain, strict=True):
        link["row"] = row
    return {
        "entry": entry,
        "hashes": asdict(entry.hashes),
        "grounds": list(grounds(told)),
        "charts": [name for name in ("runs", "curve") if name in _history(subject)],
        "links": _most_delayed(data["chain"]["links"]),
        **data,
    }


def _most_delayed(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The links of a chain that a table has room for, in order of time."""
    most = sorted(links, key=lambda link: link["ready"] - link["cycle"])[:MOST_LINKS]
    return sorted(most, key=lambda link: link["cycle"])


def _data(told: Explanation, columns: ScheduleColumns) -> dict[str, Any]:
    """What the page's script needs to know: the columns, what numbers stand for, what slots can be coloured by."""
    return {
        **pack_tables(columns.tables),
        **columns.names,
        "chain": columns.chain,
        "length": told.schedule.length,
        "colourings": {
            "engine": {"names": [use.name for use in told.engines], "palette": Bright7},
            "stream": {"palette": Category20_20},
            "step": {"palette": Category20_20},
            "kind": {"names": columns.names["kinds"], "palette": Category20_20},
            "delay": {"palette": YlOrRd9[::-1], "amount": "cycles"},
            "slack": {"palette": YlGnBu9[::-1], "amount": "cycles"},
        },
    }


def _differences(subjects: Sequence[Subject]) -> list[tuple[str, list[str]]]:
    """Rows of a table of all in which the entries differ; none for one entry alone."""
    if len(subjects) < 2:
        return []
    rows = [_facts(subject) for subject in subjects]
    names = dict.fromkeys(name for row in rows for name in row)
    found = [(name, [row.get(name, "-") for row in rows]) for name in names]
    return [(name, cells) for name, cells in found if len(set(cells)) > 1]


def _facts(subject: Subject) -> dict[str, str]:
    entry, told = subject.entry, subject.told
    facts = {
        "cycles": str(entry.cycles),
        "bound": str(entry.bound.cycles),
        "gap": f"{entry.gap:.1%}",
        "task": f"{entry.problem} {entry.shape_text} {entry.category} on {entry.machine_name}",
        "operations": str(told.prepared.flat.operations),
        "most live words": str(told.live_words.max(initial=0)),
    }
    for use in told.engines:
        facts[f"{use.name}: slots issued"] = str(use.issued)
        facts[f"{use.name}: used"] = f"{use.utilisation:.1%}"
        facts |= {f"{use.name}: idle, {reason.value}": str(count) for reason, count in use.idle.items()}
    facts |= {f"chain: {wait.value}": str(count) for wait, count in told.chain.totals.items()}
    facts |= {f"knob {name}": str(value) for name, value in entry.knobs.items()}
    return facts | {"found by": entry.effort.method, "found on": entry.found}
