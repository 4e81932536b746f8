"""The table of a survey: a file for programs, from which a run goes on, and a page for people."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from machine.errors import UserError
from machine.plain_file import UnreadableError
from problems.suite.catalogue import CATALOGUE
from search.files.bounded_json import read_bounded
from search.files.locked_folder import locked
from search.files.schema import SchemaError, anything, integer, list_of, table
from search.files.whole_file import write_whole
from search.survey.survey_row import RowState, SurveyRow, row_from_json

_FORMAT = 1
_MOST_BYTES = 16 << 20

_check_table = table({"format": integer(_FORMAT, _FORMAT), "rows": list_of(anything, 10_000)})

_INTRODUCTION = """\
<!-- Written by slotsmith search --all; changes made here are lost. -->

# The suite

Cycles of the best validated program that `slotsmith search --all` has found. *Bound*: no schedule of the same operation
graph is shorter; another setting of the knobs gives another graph and may be shorter. *Time*: seconds spent on the
row in all runs; *limit*: seconds and workers of the run that had the most. Programs and certificates of bounds are in
`suite/entries/`: `slotsmith validate ENTRY --results results/suite` checks one.
"""


class SurveyTable:
    """The rows found so far, in the folder of results.

    Args:
        folder: of results.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "suite.json"
        self.page = folder / "suite.md"

    def read(self) -> list[SurveyRow]:
        """The rows of earlier runs; none where there is no table yet.

        Raises:
            UserError: the file is there and holds no table.
        """
        if not self.path.exists():
            return []
        try:
            data = read_bounded(self.path, _MOST_BYTES)
            _check_table(data, "")
            return [row_from_json(row, f"rows[{number}]") for number, row in enumerate(data["rows"])]
        except (UnreadableError, OSError, SchemaError) as error:
            raise UserError(f"{self.path} holds no table of the suite ({error}): move it away") from None

    def alone(self) -> AbstractContextManager[None]:
        """No other process changes the table meanwhile: a row goes into the table as it is then."""
        return locked(self.path.parent)

    def write(self, rows: Iterable[SurveyRow]) -> None:
        """Write both files whole, rows in the order of the catalogue.

        Raises:
            UserError: they cannot be written.
        """
        ordered = in_order(rows)
        data = {"format": _FORMAT, "rows": [row.to_json() for row in ordered]}
        write_whole(self.path, (json.dumps(data, indent=1) + "\n").encode())
        write_whole(self.page, render_page(ordered).encode())


def in_order(rows: Iterable[SurveyRow]) -> list[SurveyRow]:
    """Rows in the order of the catalogue."""
    places = {
        (listed.problem.name, shape): (number, place)
        for number, listed in enumerate(CATALOGUE)
        for place, shape in enumerate(listed.shapes)
    }
    last = len(CATALOGUE), 0
    return sorted(rows, key=lambda row: (places.get((row.problem, row.shape), last), row.machine))


def render_page(rows: Sequence[SurveyRow]) -> str:
    """The page: how many rows are how good, each row, and where the problems come from."""
    counts = Counter(row.state for row in rows)
    said = ", ".join(f"{counts[state]} {state.value}" for state in RowState if counts[state])
    lines = [_INTRODUCTION, f"{len(rows)} rows: {said or 'none yet'}.", ""]
    lines += ["| problem | shape | machine | cycles | bound | gap | time | limit | the bound's argument |"]
    lines += ["|---|---|---|---:|---:|---:|---:|---:|---|"]
    lines += [_line(row) for row in rows]
    lines += ["", "## Where the problems come from", "", "| problem | what it computes | from |", "|---|---|---|"]
    lines += [f"| {each.problem.name} | {each.problem.summary} | {each.origin} |" for each in CATALOGUE]
    return "\n".join([*lines, ""])


def _line(row: SurveyRow) -> str:
    spent, note = (f"{row.seconds:.1f}", f"{row.limit:g} x {row.workers}"), row.note.replace("|", r"\|")
    if row.cycles is None:
        cells = ["-", "-", "-", *spent, note]
    else:
        gap = "0" if row.state is RowState.PROVEN else f"{row.gap:.1%}"
        failed = f"; the last run failed: {note}" if note else ""
        cells = [f"**{row.cycles}**", str(row.bound), gap, *spent, f"{row.argument}{failed}"]
    return f"| {' | '.join([row.problem, row.shape, row.machine, *cells])} |"
