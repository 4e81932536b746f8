"""The leaderboard's pages, as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from machine.errors import UserError
from problems.loader import load_problem
from search.entry import Entry

_MADE = "<!-- Written by slotsmith from entries/; changes made here are lost. -->\n"


def render_index(pages: Mapping[tuple[str, str], Sequence[Entry]], searches: Sequence[Mapping[str, Any]]) -> str:
    """All problems at a glance, and what the journal's searches have cost."""
    lines = [
        _MADE,
        "# Leaderboards",
        "",
        "Cycles of the best validated program for each task. *Bound*: no schedule of the same operation graph is",
        "shorter; another setting of the knobs gives another graph and may be shorter.",
        "",
        "| problem | machine | tasks | best of the largest task |",
        "|---|---|---|---|",
    ]
    for (problem, machine), entries in sorted(pages.items()):
        largest = max(entries, key=lambda entry: entry.cycles)
        lines.append(
            f"| [{problem}]({problem}-{machine}.md) | {machine} | {len(entries)} | "
            f"{largest.shape_text} {largest.category}: **{largest.cycles}** (bound {largest.bound.cycles}) |"
        )
    trials = sum(search.get("trials", 0) for search in searches)
    hours = sum(search.get("seconds", 0.0) * max(1, search.get("workers", 1)) for search in searches) / 3600
    lines += ["", f"{len(searches)} searches, {trials:,} trials, {hours:.1f} worker-hours."]
    return "\n".join(lines) + "\n"


def render_problem(problem: str, machine: str, entries: Sequence[Entry]) -> str:
    """Every task of a problem on a machine, then each entry in full."""
    lines = [
        _MADE,
        f"# {problem} on {machine}",
        "",
        "| shape | category | cycles | bound | gap | entry |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {e.shape_text} | {e.category} | **{e.cycles}** | {e.bound.cycles} | {e.gap:.1%} | [{e.id}](#{e.id}) |"
        for e in entries
    ]
    for entry in entries:
        lines += ["", *_entry_lines(entry)]
    return "\n".join(lines) + "\n"


def _entry_lines(entry: Entry) -> list[str]:
    effort, checked = entry.effort, entry.validation
    knobs = ", ".join(f"{name}={value}" for name, value in entry.knobs.items()) or "none"
    versions = ", ".join(f"{name} {number}" for name, number in entry.versions.items())
    lines = [
        f"## {entry.id}",
        "",
        f"- {entry.shape_text}, {entry.category}: **{entry.cycles} cycles**",
        f"- bound {entry.bound.cycles} of the graph as built ({entry.bound.argument})",
        f"- validated on {checked.inputs} inputs (seed {checked.seed}): {', '.join(checked.checks)}",
        f"- found {entry.found} by {effort.method}: {effort.trials} trials, {effort.seconds:.0f} s on {effort.workers} "
        f"workers, seed {effort.seed}",
        f"- knobs: {knobs}",
        f"- versions: {versions}",
        f"- program {entry.hashes.program}",
        f"- graph {entry.hashes.graph}",
        f"- problem {entry.hashes.problem}",
        f"- machine {entry.hashes.machine}",
        f"- `slotsmith reproduce {entry.id}`",
    ]
    known = _known_scores(entry)
    if known:
        lines.insert(3, f"- known elsewhere: {known}")
    return lines


def _known_scores(entry: Entry) -> str:
    if entry.machine["name"] != "takehome":
        return ""
    try:
        scores = load_problem(entry.problem).known_scores(entry.shape, entry.category)
    except UserError:
        return ""
    return ", ".join(f"{who} {cycles:,}" for who, cycles in scores.items())
