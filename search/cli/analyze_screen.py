"""What a sweep has led to, on one screen: the rest is in the report."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from search.cli.fitting_table import Column, print_table
from search.sweep.duration import duration
from search.sweep.reporting.analyze import StudyAnalysis, SweepAnalysis
from search.sweep.reporting.tables import facts, gap_text, short_name

_MOST_STUDIES, _MOST_TOLD = 8, 2
"""Studies in the table, and those of which settings and importance are told."""

_MOST_FAILURES, _MOST_WEIGHTS, _MOST_SETTINGS = 3, 3, 6

_COLUMNS = (
    *(Column("", 9), Column("study", 8), Column("trials", 2, True), Column("failed", 1, True)),
    *(Column("best", 9, True), Column("bound", 6, True), Column("gap", 7, True), Column("after", 3, True)),
)


def print_screen(console: Console, sweep: SweepAnalysis, files: Sequence[Path]) -> None:
    """Print at most some forty lines about a sweep, and where the report is."""
    console.print(Text(f"sweep {sweep.name}", style="bold"))
    for name, value in facts(sweep):
        _print_line(console, name, value)
    shown = sorted(sweep.studies[:_MOST_STUDIES], key=lambda study: study.number)
    print_table(console, _COLUMNS, [_row(study) for study in shown])
    if len(sweep.studies) > len(shown):
        console.print(f"and {len(sweep.studies) - len(shown)} more studies, in the report")
    for study in shown[:_MOST_TOLD]:
        for name, value in _told(study):
            _print_line(console, name, value)
    kinds = sweep.failures[:_MOST_FAILURES]
    rest = len(sweep.failures) - len(kinds)
    told = [f"{kind.name} {kind.trials}" for kind in kinds] + ([f"{rest} other kinds"] if rest else [])
    _print_line(console, "failures", ", ".join(told) or "none")
    _print_line(console, "wrote", f"{files[0]} and {len(files) - 1} pictures; --details prints every table")


def _row(study: StudyAnalysis) -> tuple[str, ...]:
    best = study.best
    counts = str(study.number), study.title.replace(",", ", "), str(len(study.attempts)), str(study.failed)
    if best is None:
        return *counts, "-", "-", "-", "-"
    bound = "-" if study.bound is None else str(study.bound)
    return *counts, str(best.cycles), bound, gap_text(study), duration(best.after)


def _told(study: StudyAnalysis) -> Iterator[tuple[str, str]]:
    """The settings of the best trial, the most important first, and what matters."""
    importance = study.importance
    weights = importance.weights
    order = {weight.dimension: place for place, weight in enumerate(weights)}
    if study.best is not None and study.best.point:
        point = study.best.point
        names = sorted(point, key=lambda name: (order.get(name, len(order)), name))
        settings = [f"{short_name(name)}={_value(point[name])}" for name in names[:_MOST_SETTINGS]]
        rest = len(names) - len(settings)
        yield f"study {study.number}", f"best with {', '.join(settings)}" + (f" and {rest} more" if rest else "")
    clear = [weight for weight in weights if weight.is_clear][:_MOST_WEIGHTS]
    said = ", ".join(f"{short_name(weight.dimension)} {weight.share:.0%}" for weight in clear)
    doubt = importance.reason or importance.doubt
    yield "matters", doubt or f"{said}, of {importance.trials} fresh trials"


def _value(value: float | str) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _print_line(console: Console, name: str, value: str) -> None:
    """A name, and a text beside it that is broken between words alone."""
    room = max(20, console.width - 13)
    lines = Text(value).wrap(console, room) if len(value) > room else [Text(value)]
    for place, line in enumerate(lines):
        console.print(Text(f"  {name if place == 0 else '':<11}") + line, soft_wrap=True)
