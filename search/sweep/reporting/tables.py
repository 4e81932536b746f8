"""The analysis of a sweep in words and tables, the same for the terminal and for the report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from search.sweep.duration import duration
from search.sweep.reporting.analyze import StudyAnalysis, SweepAnalysis
from search.sweep.reporting.feature_series import FeatureSeries
from search.sweep.reporting.importance import EXCEEDED
from search.sweep.reporting.value_table import ValueTable

MOST_WEIGHTS = 10
"""Dimensions of a study whose importance is shown."""


@dataclass(frozen=True)
class TextTable:
    """A table.

    Attributes:
        title: what it shows.
        columns: their names.
        texts: how many of them, from the left, hold text; the others hold numbers.
        rows: the cells.
    """

    title: str
    columns: tuple[str, ...]
    texts: int
    rows: tuple[tuple[str, ...], ...]


def facts(sweep: SweepAnalysis) -> Iterator[tuple[str, str]]:
    """Facts about the sweep as a whole, as pairs of a name and a value."""
    failed = sum(study.failed for study in sweep.studies)
    left = "left unfinished" if sweep.finished else "still running"
    yield (
        "trials",
        f"{sweep.ended} ended of {sweep.asked} asked, {sweep.running} {left}, {sweep.skipped} skipped, {failed} failed",
    )
    last = datetime.fromtimestamp(sweep.last, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    state = f"finished, by {sweep.finished}" if sweep.finished else "running, or interrupted"
    yield "state", f"{state}; last record {last}"
    yield "work", f"{sweep.work / 3600:.2f} hours in trials, {sweep.schedules} list schedules"
    yield "time", f"{duration(sweep.worked)} at work, {duration(sweep.clock)} by the clock{_pauses(sweep)}"
    if sweep.lost:
        lost = ", ".join(f"{kind}: {count}" for kind, count in sweep.lost.items())
        yield "lost", f"{sum(sweep.lost.values())} list schedules led to nothing: {lost}"
    if sweep.damaged:
        yield "damaged", f"{sweep.damaged} records passed over"


def studies_table(sweep: SweepAnalysis) -> TextTable:
    """A row for every study, with its best result."""
    columns = ("study", "task", "ended", "failed", "best", "bound", "gap", "at trial", "after", "trials since")
    return TextTable("best of each study", columns, 2, tuple(_study_row(study) for study in sweep.studies))


def importance_table(study: StudyAnalysis) -> TextTable:
    """The most important dimensions of a study; no rows where nothing can be said."""
    rows = [
        (short_name(weight.dimension), f"{weight.share:.1%}", f"{weight.chance:.1%}", "" if weight.is_clear else "*")
        for weight in study.importance.weights[:MOST_WEIGHTS]
    ]
    title = f"study {study.number}: knob importance, from {study.importance.trials} fresh trials"
    return TextTable(title, ("dimension", "share", "by chance", ""), 1, tuple(rows))


def value_rows(study: StudyAnalysis, table: ValueTable) -> TextTable:
    """How the trials of a study went with each value of a dimension."""
    rows = [
        (row.value, str(row.trials), str(row.failed), _text(row.best), "-" if row.mean is None else f"{row.mean:.1f}")
        for row in table.rows
    ]
    title = f"study {study.number}: fresh trials by {short_name(table.dimension)}"
    return TextTable(title, (short_name(table.dimension), "trials", "failed", "best", "mean"), 1, tuple(rows))


def feature_rows(series: FeatureSeries) -> TextTable:
    """The best for each value of a feature of a machine, and what it saves against the machine as it is."""
    usual = next((point.cycles for point in series.points if point.is_origin), None)
    rows = []
    for point in series.points:
        saved = None if usual is None or point.cycles is None else usual - point.cycles
        numbers = (_text(number) for number in (point.cycles, point.bound, saved))
        rows.append((str(point.value), *numbers, str(point.study)))
    columns = (series.feature, "cycles", "bound", "saved", "study")
    return TextTable(f"{series.title}: best by {series.feature}", columns, 0, tuple(rows))


def failures_table(sweep: SweepAnalysis) -> TextTable:
    """Trials that failed, by kind."""
    rows = [
        (kind.ending, kind.error, _line(kind.message) or "-", str(kind.example), str(kind.trials))
        for kind in sweep.failures
    ]
    columns = ("ending", "error", "message of the first", "trial", "trials")
    return TextTable("failures by kind", columns, 3, tuple(rows))


def remarks() -> tuple[str, ...]:
    """How to read all this."""
    return (
        "Times are of work: stretches of over a minute in which no trial was at work that has ended, as between a kill "
        "and a resume, are cut out, and with them what the kill cut off.",
        "A bound is that of the graph of the best trial; other knobs make other graphs, with bounds of their own.",
        "Importance is how much of the differences between trials, by rank, the values of a dimension explain (epsilon "
        f"squared); by chance is what one in {round(1 / EXCEEDED)} random orders of the results exceeds: a share below "
        "it (*) may well mean nothing.",
        "Importance and values rest on fresh trials alone, not on those that halving promoted and gave more work.",
    )


def short_name(dimension: str) -> str:
    """A dimension's name as users write it: a knob's own, and ``policy.PARAMETER``."""
    return dimension.removeprefix("knob.")


def gap_text(study: StudyAnalysis) -> str:
    """The gap of a study's best, in percent."""
    return "-" if study.gap is None else f"{study.gap:.1%}"


def _pauses(sweep: SweepAnalysis) -> str:
    count = len(sweep.pauses)
    if count == 0:
        return ""
    lost = duration(sum(pause.seconds for pause in sweep.pauses))
    return f" ({lost} in {count} pause{'s' if count > 1 else ''})"


def _study_row(study: StudyAnalysis) -> tuple[str, ...]:
    best = study.best
    counts = str(study.number), study.title, str(len(study.attempts)), str(study.failed)
    if best is None:
        return *counts, *["-"] * 6
    numbers = _text(best.cycles), _text(study.bound), gap_text(study)
    return *counts, *numbers, str(best.trial), duration(best.after), _text(study.since)


def _line(message: str) -> str:
    """A message in one line, without what would move a terminal's cursor."""
    return " ".join("".join(each if each.isprintable() else " " for each in message).split())


def _text(number: int | None) -> str:
    return "-" if number is None else str(number)
