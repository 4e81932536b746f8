"""What an entry's file must look like before it is taken for an entry."""

from typing import Any

from machine.certificates.certificate import MOST_CYCLES
from search.files.schema import (
    MOST,
    SchemaError,
    any_of,
    anything,
    instant,
    integer,
    list_of,
    mapping,
    number,
    optional,
    row_of,
    table,
    text,
)
from search.scheduling.policy import check_policy

MOST_SEED = MOST
"""The largest seed that an entry can hold; the least is 0."""

NAME = text(200, r".+")
DIGEST = text(64, r"[0-9a-f]{64}")
TIME = instant
WORDS = text(4000)
CYCLES = integer(0, MOST_CYCLES - 1)
WORKERS = integer(0, 1 << 20)
"""What entries, rows of the survey and lines of the journal have in common."""

_SEED = integer(0, MOST_SEED)

_BOUND = table({"cycles": CYCLES, "argument": WORDS}, {"certificate": anything})
_VALIDATION = table({"cycles": CYCLES, "inputs": integer(1), "seed": _SEED, "checks": list_of(NAME, 20)})
_HASHES = table(dict.fromkeys(("program", "graph", "problem", "machine"), DIGEST))
_CHECKED = table({"problem": text(200), "slotsmith": NAME, "time": TIME})
_MARK = table({"reason": text(100_000), "time": TIME})
_TERM = text(1000, r".+")
_REPLACEMENT = table(
    {
        "template": integer(),
        "parts": text(1_000_000, r"[0-9,-]+"),
        "terms": list_of(_TERM, 1_000_000),
        "roots": list_of(integer(), 1_000_000),
        "kept": list_of(integer(), 2_000_000),
        "alternatives": mapping(list_of(_TERM, 10), 1_000_000),
    }
)
_COUNTS = list_of(row_of(NAME, integer()), 100_000)
_REWRITING = table(
    {"given": DIGEST, "rules": _COUNTS, "replacements": list_of(_REPLACEMENT, 100_000)}, {"limits": _COUNTS}
)
_EFFORT_SINCE = {"seed": _SEED, "seconds": number(), "workers": WORKERS, "method": WORDS}


def _effort(format_: int) -> Any:
    tried = "schedules" if format_ >= 3 else "trials"
    return table({**_EFFORT_SINCE, tried: integer()}, {"repeat": optional(mapping(anything, 100))})


def check_entry(data: Any, newest: int) -> None:
    """Check the data of an entry of a format up to ``newest``.

    What its machine and certificate say is checked where they are read.

    Raises:
        SchemaError: something is missing, of a wrong type, out of range, too much, or unknown.
    """
    if not isinstance(data, dict):
        raise SchemaError("an entry", "a table", data)
    integer(1, newest)(data.get("format"), "format")
    required = {
        "id": text(200, r"[A-Za-z0-9_+-][A-Za-z0-9_.+-]*"),
        "problem": text(4096, r".+"),
        "shape": mapping(integer(-MOST_CYCLES, MOST_CYCLES), 100),
        "category": NAME,
        "machine": mapping(anything, 100),
        "cycles": CYCLES,
        "bound": _BOUND,
        "validation": _VALIDATION,
        "hashes": _HASHES,
        "knobs": mapping(any_of(integer(-(1 << 53)), text(1000)), 10_000),
        "policy": optional(check_policy),
        "effort": _effort(data["format"]),
        "versions": mapping(NAME, 100),
        "found": TIME,
        "format": integer(1, newest),
    }
    marks = {"checked": optional(_CHECKED), "other_graph": optional(_MARK), "struck": optional(_MARK)}
    table(required, {**marks, "rewriting": optional(_REWRITING)})(data, "")
    NAME(data["machine"].get("name"), "machine.name")
