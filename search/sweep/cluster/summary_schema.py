"""What the line of a sweep's run in the journal of all searches must look like before one from elsewhere is taken."""

from typing import Any

from search.board.entry_schema import CYCLES, NAME, TIME, WORDS, WORKERS
from search.files.journal_file import JOURNAL_FORMAT
from search.files.schema import boolean, choice, integer, list_of, mapping, number, optional, row_of, table, text, where
from search.sweep.sweep_journal import Reason

_STUDY = table(
    {
        **dict.fromkeys(("problem", "shape", "category", "machine"), text(4096, r".+")),
        "points": integer(),
        **dict.fromkeys(("cycles", "bound"), optional(CYCLES)),
        "bound_argument": optional(WORDS),
        "entry": optional(NAME),
        "record": boolean,
    },
    {"curve": list_of(row_of(integer(), CYCLES), 100_000)},
)
_RUN = {
    "kind": choice("sweep"),
    "time": TIME,
    "sweep": NAME,
    "studies": list_of(_STUDY, 100_000),
    **dict.fromkeys(("seed", "points"), integer()),
    "seconds": number(),
    "workers": WORKERS,
    "failures": mapping(integer(), 10_000),
    "reason": optional(choice(*(reason.value for reason in Reason))),
    "interrupted": boolean,
}
_OTHERS = {"format": integer(1, JOURNAL_FORMAT)}
_check = where(
    "trials",  # so versions called schedules once
    table({**_RUN, "trials": integer()}, _OTHERS),
    table({**_RUN, "schedules": integer()}, _OTHERS),
)


def check_summary(record: Any) -> None:
    """Check what :func:`search.sweep.study_outcome.summary_record` gave.

    Raises:
        SchemaError: something is missing, of a wrong type, out of range, too much, or unknown.
    """
    _check(record, "")
