"""An explanation on a terminal of any width from 60 columns: no cell is broken inside a word."""

from rich.console import Console
from rich.text import Text

from machine.nearest import counted
from search.board.entry import Entry
from search.board.rewriting_text import rewriting_text
from search.cli.curves import bars
from search.cli.fitting_table import Column, print_table
from search.explain.bound_text import grounds
from search.explain.explanation import Explanation
from search.explain.explanation_data import saved
from search.explain.idle_slots import REASONS
from search.explain.schedule_chain import Link, Wait

MOST_LINKS = 12
"""Links of the critical chain that are shown: those that waited longest beyond what their dependences ask."""

MOST_OPERATIONS = 8
"""Names of operations whose worth is shown."""

_ENGINES = (
    *(Column("engine", 9), Column("slots", 5, True), Column("used", 8, True)),
    *(Column("over time", 2), Column("ramp", 4, True), Column("drain", 3, True)),
)
_TOTALS = Column("cycles", 2, True), Column("share", 1, True), Column("waiting for", 3)
_LINKS = (
    *(Column("cycle", 9, True), Column("engine", 6), Column("operation", 8)),
    *(Column("waited for", 7), Column("line", 1)),
)
_CHANGES = Column("change", 3), Column("bound", 1, True), Column("saves", 2, True)
_WORTHS = (
    *(Column("operations", 4), Column("number", 2, True)),
    *(Column("cycles in all", 1, True), Column("one fewer saves", 3, True)),
)

_LONGEST_WORD = 20
_SOURCE_WIDTH = 100
_ENGINE_COLUMNS = 46  # of the table of engines, besides the curve


def print_explanation(console: Console, heading: str, told: Explanation) -> None:
    """Print all of an explanation, under a heading."""
    console.print(heading, markup=False)
    console.print()
    _print_engines(console, told)
    _print_idle(console, told)
    _print_live_words(console, told)
    _print_chain(console, told)
    _print_bound(console, told)


def heading_of(entry: Entry, told: Explanation) -> str:
    """What an explanation of an entry is headed by."""
    knobs = ", ".join(f"{name}={value}" for name, value in entry.knobs.items()) or "no knobs"
    gap = "proven shortest" if entry.cycles == entry.bound.cycles else f"gap {entry.gap:.1%}"
    return (
        f"{entry.id}: {counted(entry.cycles, 'cycle')} on {entry.machine_name}, bound {entry.bound.cycles}, {gap}\n"
        f"{entry.problem} {entry.shape_text}, {entry.category}; {knobs}\n"
        f"{counted(told.prepared.flat.operations, 'operation')}, "
        f"{counted(sum(use.issued for use in told.engines), 'slot')}"
        f"{_rewritten(entry)}"
    )


def _rewritten(entry: Entry) -> str:
    return "" if entry.rewriting is None else f"\nrewritten by {rewriting_text(entry.rewriting)}"


def whole_words(text: str) -> str:
    """The text with words too long for a narrow table shortened in their middle."""
    half = _LONGEST_WORD // 2
    return " ".join(w if len(w) <= _LONGEST_WORD else f"{w[:half]}…{w[1 - half :]}" for w in text.split(" "))


def _print_engines(console: Console, told: Explanation) -> None:
    longest = max((len(whole_words(use.name)) for use in told.engines), default=0)
    parts = max(4, console.width - _ENGINE_COLUMNS + 8 - max(8, longest))
    rows = [
        (
            *(whole_words(use.name), str(use.slots), f"{use.utilisation:.1%}"),
            *(bars(use.utilisation_in(parts)), str(use.ramp), str(use.drain)),
        )
        for use in told.engines
    ]
    print_table(console, _ENGINES, rows, "Engines")


def _print_idle(console: Console, told: Explanation) -> None:
    reasons = [Column(reason.value, 1, is_number=True) for reason in REASONS]
    rows = []
    for use in told.engines:
        counts = [use.idle[reason] for reason in REASONS]
        rows.append((whole_words(use.name), *(str(count) if count else "-" for count in (sum(counts), *counts))))
    columns = Column("engine", 3), Column("idle", 2, is_number=True), *reasons
    print_table(console, columns, rows, "Idle slots, and why")


def _print_live_words(console: Console, told: Explanation) -> None:
    live, size = told.live_words, told.prepared.machine.scratch_words
    if not len(live):
        return
    parts = max(1, min(console.width - 2, len(live)))
    spans = [live[len(live) * k // parts : len(live) * (k + 1) // parts] for k in range(parts)]
    console.print(Text("Live words", style="bold"))
    console.print(f"at most {live.max()} of {size}, in cycle {live.argmax()}; the most of each stretch:")
    console.print(bars(float(span.max()) / size for span in spans), markup=False)
    console.print()


def _print_chain(console: Console, told: Explanation) -> None:
    chain = told.chain
    totals = [
        (str(count), f"{count / told.schedule.length:.0%}", wait.value)
        for wait, count in sorted(chain.totals.items(), key=lambda item: -item[1])
        if count
    ]
    print_table(console, _TOTALS, totals, "Critical chain: what its cycles went to")
    longest = sorted(chain.links, key=lambda link: -sum(link.delays.values()))[:MOST_LINKS]
    shown = sorted(longest, key=lambda link: link.cycle)
    title = f"Critical chain: all {len(shown)} links"
    if len(shown) < len(chain.links):
        title = f"Critical chain: {len(shown)} of {len(chain.links)} links, those that were delayed longest"
    columns = _LINKS if console.width >= _SOURCE_WIDTH else _LINKS[:-1]
    rows = []
    for link in shown:
        name, source = told.text.operation(link.operation), told.text.source(link.operation)
        cells = str(link.cycle), link.engine, name, _waits(told, link), source
        rows.append([whole_words(cell) for cell in cells[: len(columns)]])
    print_table(console, columns, rows, title)


def _waits(told: Explanation, link: Link) -> str:
    waits: dict[Wait, int] = {}
    if link.dependence is not None:
        waits[link.dependence] = link.ready - int(told.schedule.cycles[link.waited_for])
    waits |= link.delays
    return ", ".join(f"{count} for {wait.value}" for wait, count in waits.items() if count) or "-"


def _print_bound(console: Console, told: Explanation) -> None:
    basis = told.basis
    console.print(Text("Bound", style="bold"))
    console.print(f"{basis.bound.cycles} cycles: {basis.bound.argument}", markup=False)
    for line in grounds(told):
        console.print(line, markup=False)
    console.print()
    changes = []
    for change in told.changes:
        by = saved(told, change.bound.cycles)
        changes.append((whole_words(change.what), str(change.bound.cycles), str(by) if by else "-"))
    print_table(console, _CHANGES, changes, "What changes of the machine would do")
    if basis.work is None:
        return
    title = f"What operations cost in the work bound of {basis.work.bound.cycles}"
    worths = [
        (whole_words(worth.name), str(worth.count), f"{float(worth.cycles):.2f}", f"{float(worth.each):.3f}")
        for worth in basis.operations[:MOST_OPERATIONS]
        if worth.cycles
    ]
    print_table(console, _WORTHS, worths, title)
