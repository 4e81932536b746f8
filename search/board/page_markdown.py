"""The leaderboard's pages, as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from search.board.entry import Entry
from search.board.page import Page
from search.board.reference_scores import reference_scores
from search.board.rewriting_text import rewriting_text
from search.board.standing import PlacedEntry

_MADE = "<!-- Written by slotsmith from entries/; changes made here are lost. -->\n"

_MOST_AMOUNT = 1e12


def render_index(pages: Sequence[Page], searches: Sequence[Mapping[str, Any]]) -> str:
    """All problems at a glance, and what the searches in the journal have cost."""
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
    for page in pages:
        link = f"[{_cell(page.title)}]({page.stem}.md)"
        lines.append(f"| {link} | {_cell(page.machine)} | {len(page.best)} | {_largest(page.best)} |")
    schedules = sum(_amount(search, "schedules") or _amount(search, "trials") for search in searches)
    hours = sum(_amount(search, "seconds") * max(1, _amount(search, "workers")) for search in searches) / 3600
    lines += ["", f"{len(searches)} searches, {schedules:,} schedules tried, {hours:.1f} worker-hours."]
    stale = sum(len(page.stale) for page in pages)
    if stale:
        lines += ["", f"Stale, and not compared with the others: {stale}. Their pages say why."]
    struck = sum(len(page.struck) for page in pages)
    if struck:
        lines += ["", f"Struck because they no longer validate: {struck}. Their pages say why."]
    return "\n".join(lines) + "\n"


def render_problem(page: Page) -> str:
    """Every task of a problem on a machine, then its best entry in full, then the entries that are not the best."""
    lines = [
        _MADE,
        f"# {_cell(page.title)} on {_cell(page.machine)}",
        "",
        "| shape | category | cycles | bound | level | gap | entry |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {e.shape_text} | {e.category} | **{e.cycles}** | {e.bound.cycles} | {e.bound_level} | {e.gap:.1%} "
        f"| [{e.id}](#{e.id}) |"
        for e in page.best
    ]
    for entry in page.best:
        lines += ["", *_entry_lines(entry)]
    if page.superseded:
        lines += ["", "## Superseded", "", "| shape | category | cycles | found | entry |", "|---|---|---|---|---|"]
        lines += [f"| {e.shape_text} | {e.category} | {e.cycles} | {e.found} | {e.id} |" for e in page.superseded]
    if page.stale:
        lines += ["", "## Stale", "", *_stale_lines(page.stale)]
    if page.struck:
        lines += ["", "## Struck", "", *_struck_lines(page.struck)]
    return "\n".join(lines) + "\n"


def _largest(entries: Sequence[Entry]) -> str:
    if not entries:
        return ""
    largest = max(entries, key=lambda entry: entry.cycles)
    return f"{largest.shape_text} {largest.category}: **{largest.cycles}** (bound {largest.bound.cycles})"


def _entry_lines(entry: Entry) -> list[str]:
    effort, checked = entry.effort, entry.validation
    lines = [
        f"## {entry.id}",
        "",
        f"- {entry.shape_text}, {entry.category}: **{entry.cycles} cycles**",
        f"- bound {entry.bound.cycles} of the graph as built ({entry.bound.argument}; {entry.bound_level}), "
        f"gap {entry.gap:.1%}",
    ]
    known = reference_scores(entry)
    if known:
        lines.append("- known elsewhere: " + "; ".join(f"{score.name} {score.cycles:,}" for score in known))
    lines += [
        f"- validated on {checked.inputs} inputs (seed {checked.seed}): {', '.join(checked.checks)}",
        *_checked_lines(entry),
        f"- found {entry.found} by {effort.method}: {effort.schedules} schedules, {effort.seconds:.0f} s on "
        f"{effort.workers} workers ({effort.core_hours:.3f} core-hours), seed {effort.seed}",
        f"- knobs: {_settings(entry.knobs) or 'none'}",
        *_rewriting_lines(entry),
        f"- policy: {_settings(entry.policy or {}) or 'none'}",
        f"- versions: {', '.join(f'{name} {number}' for name, number in entry.versions.items())}",
        f"- program {entry.hashes.program}",
        f"- graph {entry.hashes.graph}",
        f"- problem {entry.hashes.problem}",
        f"- machine {entry.hashes.machine}",
        f"- [program](entries/{entry.id}.program.json.gz), [decision](entries/{entry.id}.decision.json.gz)",
        f"- `slotsmith reproduce {entry.id}`" + (" (`--search` repeats the search)" if effort.repeat else ""),
    ]
    return lines


def _rewriting_lines(entry: Entry) -> list[str]:
    if entry.rewriting is None:
        return []
    return [f"- rewritten by rules, each with its uses: {rewriting_text(entry.rewriting)}"]


def _checked_lines(entry: Entry) -> list[str]:
    checked = entry.checked
    if checked is None:
        return []
    against = "" if checked.problem == entry.hashes.problem else f" against the problem {checked.problem}"
    return [f"- checked anew {checked.time} by slotsmith {checked.slotsmith}{against}"]


def _stale_lines(entries: Sequence[PlacedEntry]) -> list[str]:
    lines = ["| shape | category | cycles then | found | entry | reason |", "|---|---|---|---|---|---|"]
    for each in entries:
        entry = each.entry
        task = f"{entry.shape_text} | {entry.category} | {entry.cycles} | {entry.found}"
        lines.append(f"| {task} | {entry.id} | {_cell(each.reason)} |")
    return lines


def _struck_lines(entries: Sequence[Entry]) -> list[str]:
    lines = ["| shape | category | cycles claimed | entry | struck | reason |", "|---|---|---|---|---|---|"]
    for entry in entries:
        assert entry.struck is not None
        task = f"{entry.shape_text} | {entry.category} | {entry.cycles}"
        lines.append(f"| {task} | {entry.id} | {entry.struck.time} | {_cell(entry.struck.reason)} |")
    return lines


def _amount(search: Mapping[str, Any], name: str) -> int | float:
    """A number of the journal; 0 where a line has none, or something else."""
    value: Any = search.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    amount: int | float = value if is_number and 0 <= value <= _MOST_AMOUNT else 0
    return amount


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in settings.items())


def _value(value: object) -> str:
    """A setting; lists in one word, floats as short as readers need them: the exact ones are in the entry."""
    if isinstance(value, list):
        return "[" + " ".join(_value(each) for each in value) + "]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _cell(text: str) -> str:
    """A user's words, in a heading or a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")
