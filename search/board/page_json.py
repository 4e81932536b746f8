"""The leaderboard's pages as data: everything the Markdown says and more, for programs to read."""

import json
from dataclasses import asdict
from typing import Any

from search.board.entry import Entry
from search.board.page import Page
from search.board.reference_scores import reference_scores

PAGE_FORMAT = 2
"""Version of these pages; the second brought stale entries, ``reason`` and ``checked``, and says ``schedules``."""

_LEVELS = 3
"""Of nesting with a line for each item (page, entries, entry), so that differences of two pages are short."""


def render_data(page: Page) -> str:
    """A page as JSON."""
    return _dump(page_data(page), 0) + "\n"


def page_data(page: Page) -> dict[str, Any]:
    """A page as plain data: the best entry of each task, then those that are superseded, stale and struck."""
    rows: list[tuple[Entry, str, str | None]] = [(entry, "best", None) for entry in page.best]
    rows += [(entry, "superseded", None) for entry in page.superseded]
    rows += [(each.entry, each.standing.value, each.reason) for each in page.stale]
    rows += [(entry, "struck", entry.struck.reason) for entry in page.struck if entry.struck is not None]
    return {
        "format": PAGE_FORMAT,
        "made": "written by slotsmith from entries/; changes made here are lost",
        "problem": page.problem,
        "machine": page.machine,
        "machines": {entry.hashes.machine: entry.machine for entry, _, _ in rows},
        "entries": [_entry_data(*row) for row in rows],
    }


def _dump(value: object, level: int) -> str:
    if level == _LEVELS or not isinstance(value, dict | list) or not value:
        return json.dumps(value)
    names = [f"{json.dumps(name)}: " for name in value] if isinstance(value, dict) else [""] * len(value)
    items = value.values() if isinstance(value, dict) else value
    lines = [" " * (level + 1) + name + _dump(item, level + 1) for name, item in zip(names, items, strict=True)]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + "\n" + ",\n".join(lines) + "\n" + " " * level + closing


def _entry_data(entry: Entry, standing: str, reason: str | None) -> dict[str, Any]:
    effort, checked = entry.effort, entry.validation
    return {
        "id": entry.id,
        "standing": standing,
        "reason": reason,
        "checked": None if entry.checked is None else asdict(entry.checked),
        "other_graph": None if entry.other_graph is None else asdict(entry.other_graph),
        "struck": None if entry.struck is None else asdict(entry.struck),
        "shape": entry.shape,
        "category": entry.category,
        "cycles": entry.cycles,
        "bound": {**asdict(entry.bound), "level": entry.bound_level},
        "gap": round(entry.gap, 6),
        "reference_scores": [asdict(score) for score in reference_scores(entry)],
        "validation": {"inputs": checked.inputs, "seed": checked.seed, "checks": list(checked.checks)},
        "hashes": asdict(entry.hashes),
        "knobs": entry.knobs,
        **({} if entry.rewriting is None else {"rewritten_by": dict(entry.rewriting["rules"])}),
        "policy": entry.policy,
        "method": effort.method,
        "seed": effort.seed,
        "schedules": effort.schedules,
        "seconds": effort.seconds,
        "workers": effort.workers,
        "core_hours": round(effort.core_hours, 6),
        "repeat": effort.repeat,
        "versions": entry.versions,
        "found": entry.found,
        "rebuild": f"slotsmith reproduce {entry.id}",
        "repeat_search": None if effort.repeat is None else f"slotsmith reproduce {entry.id} --search",
        "files": {what: f"entries/{entry.id}.{what}.json.gz" for what in ("program", "decision")},
    }
