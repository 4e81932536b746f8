"""Better bounds than trials had time for: those that the leaderboard has for the same graphs."""

from collections.abc import Sequence
from dataclasses import replace

from machine.errors import UserError
from machine.strict_table import StrictTable
from search.board.standing import PlacedEntry
from search.sweep.reporting.analyze import StudyAnalysis, SweepAnalysis
from search.sweep.reporting.history import History
from search.sweep.sampling.space import space_of
from search.sweep.study import StudySpec, read_studies
from search.sweep.sweep_progress import task_key


def with_board_bounds(sweep: SweepAnalysis, history: History, entries: Sequence[PlacedEntry]) -> SweepAnalysis:
    """The analysis, with the bounds of entries whose task and knobs are those of a study's best trial.

    Args:
        sweep: the analysis.
        history: what it is of.
        entries: of the leaderboard.
    """
    try:
        studies = read_studies(StrictTable(history.file, "sweep file"))
        found = tuple(_with_bound(study, studies, entries) for study in sweep.studies)
    except UserError:  # a problem or a machine is no longer what it was
        return sweep
    return replace(sweep, studies=found)


def _with_bound(study: StudyAnalysis, specs: Sequence[StudySpec], entries: Sequence[PlacedEntry]) -> StudyAnalysis:
    best = study.best
    if best is None or best.point is None or study.number >= len(specs):
        return study
    spec = specs[study.number]
    try:
        knobs = space_of(spec).knobs(best.point)
    except (KeyError, TypeError, ValueError):  # the journal says something else than the file
        return study
    same = [each.entry for each in entries if each.counts and each.entry.key == task_key(spec.task)]
    bounds = [entry.bound.cycles for entry in same if entry.knobs == knobs and entry.bound.cycles <= (best.cycles or 0)]
    return replace(study, board_bound=max(bounds, default=None))
