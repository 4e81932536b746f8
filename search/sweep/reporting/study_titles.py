"""What the studies of a sweep are called, from the sweep file that its journal holds."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from machine.errors import UserError
from machine.strict_table import StrictTable
from search.sweep.study import read_studies
from search.sweep.sweep_progress import title_of


def study_titles(file: Mapping[str, Any]) -> tuple[str, ...]:
    """The studies' tasks in words, as the sweep printed them.

    Where a problem or a machine is no longer what it was, the words of the file alone: what it leaves out is not said.
    """
    try:
        return tuple(title_of(study.task) for study in read_studies(StrictTable(file, "sweep file")))
    except UserError:
        pass
    try:
        return tuple(title for table in file["studies"] for title in _written(table))
    except (KeyError, TypeError, AttributeError):
        return ()


def _written(table: Mapping[str, Any]) -> list[str]:
    """The titles of a table's studies, as far as it says."""
    each = product(*(table.get(name, [""]) for name in ("shapes", "categories", "machines")))
    found = []
    for shape, category, machine in each:
        words = [table["problem"], shape, category, f"on {machine}" if machine else ""]
        found.append(" ".join(str(word) for word in words if word))
    return found
