"""An explanation on a terminal of any width from 60 columns: no cell is broken inside a word."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from search.board.entry import Entry
from search.cli.curves import bars
from search.explain.bound_text import grounds
from search.explain.explanation import Explanation
from search.explain.explanation_data import saved
from search.explain.idle_slots import REASONS
from search.explain.schedule_chain import Link, Wait

MOST_LINKS = 12
"""Links of the critical chain that are shown: those that waited longest beyond what their dependences ask."""

MOST_OPERATIONS = 8
"""Names of operations whose worth is shown."""

_LONGEST_WORD = 20
_SOURCE_WIDTH = 100
_ENGINE_COLUMNS = 46  # of the table of engines, besides the curve


def print_explanation(console: Console, heading: str, told: Explanation) -> None:
    """Print all of an explanation, under a heading."""
    console.print(heading, markup=False)
    console.print()
    console.print(_engines(told, console.width))
    console.print(_idle(told))
    _print_live_words(console, told)
    _print_chain(console, told)
    _print_bound(console, told)


def heading_of(entry: Entry, told: Explanation) -> str:
    """What an explanation of an entry is headed by."""
    knobs = ", ".join(f"{name}={value}" for name, value in entry.knobs.items()) or "no knobs"
    gap = "proven shortest" if entry.cycles == entry.bound.cycles else f"gap {entry.gap:.1%}"
    return (
        f"{entry.id}: {entry.cycles} cycles on {entry.machine_name}, bound {entry.bound.cycles}, {gap}\n"
        f"{entry.problem} {entry.shape_text}, {entry.category}; {knobs}\n"
        f"{told.prepared.flat.operations} operations, {sum(use.issued for use in told.engines)} slots"
        f"{_rewritten(entry)}"
    )


def _rewritten(entry: Entry) -> str:
    """The rules that the graph was rewritten by, and their uses."""
    if entry.rewriting is None:
        return ""
    return "\nrewritten by " + ", ".join(f"{rule} ({uses})" for rule, uses in entry.rewriting["rules"])


def whole_words(text: str) -> str:
    """The text with words too long for a narrow table shortened in their middle."""
    half = _LONGEST_WORD // 2
    return " ".join(w if len(w) <= _LONGEST_WORD else f"{w[:half]}…{w[1 - half :]}" for w in text.split(" "))


def _table(title: str, *columns: str, texts: Sequence[int] = (0,)) -> Table:
    """A table whose columns hold numbers, but for those in ``texts``."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place in texts else "right")
    return table


def _engines(told: Explanation, width: int) -> Table:
    table = _table("Engines", "engine", "slots", "used", "over time", "ramp", "drain", texts=(0, 3))
    longest = max((len(whole_words(use.name)) for use in told.engines), default=0)
    parts = max(4, width - _ENGINE_COLUMNS + 8 - max(8, longest))
    for use in told.engines:
        curve = bars(use.utilisation_in(parts))
        used = f"{use.utilisation:.1%}"
        table.add_row(whole_words(use.name), str(use.slots), used, curve, str(use.ramp), str(use.drain))
    return table


def _idle(told: Explanation) -> Table:
    table = _table("Idle slots, and why", "engine", "idle", *(reason.value for reason in REASONS))
    for use in told.engines:
        counts = [use.idle[reason] for reason in REASONS]
        table.add_row(whole_words(use.name), *(str(count) if count else "-" for count in (sum(counts), *counts)))
    return table


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
    totals = _table("Critical chain: what its cycles went to", "cycles", "share", "waiting for", texts=(2,))
    for wait, count in sorted(chain.totals.items(), key=lambda item: -item[1]):
        if count:
            totals.add_row(str(count), f"{count / told.schedule.length:.0%}", wait.value)
    console.print(totals)
    longest = sorted(chain.links, key=lambda link: -sum(link.delays.values()))[:MOST_LINKS]
    shown = sorted(longest, key=lambda link: link.cycle)
    title = f"Critical chain: all {len(shown)} links"
    if len(shown) < len(chain.links):
        title = f"Critical chain: {len(shown)} of {len(chain.links)} links, those that were delayed longest"
    wide = console.width >= _SOURCE_WIDTH
    last = ("line",) if wide else ()
    links = _table(title, "cycle", "engine", "operation", "waited for", *last, texts=(1, 2, 3, 4))
    for link in shown:
        source = (whole_words(told.text.source(link.operation)),) if wide else ()
        name = whole_words(told.text.operation(link.operation))
        cells = (str(link.cycle), whole_words(link.engine), name, _waits(told, link), *source)
        links.add_row(*(Text(cell) for cell in cells))
    console.print(links)


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
    changes = _table("What changes of the machine would do", "change", "bound", "saves")
    for change in told.changes:
        by = saved(told, change.bound.cycles)
        changes.add_row(whole_words(change.what), str(change.bound.cycles), str(by) if by else "-")
    console.print(changes)
    if basis.work is None:
        return
    title = f"What operations cost in the work bound of {basis.work.bound.cycles}"
    worths = _table(title, "operations", "number", "cycles in all", "one fewer saves")
    for worth in basis.operations[:MOST_OPERATIONS]:
        if worth.cycles:
            cycles = f"{float(worth.cycles):.2f}", f"{float(worth.each):.3f}"
            worths.add_row(Text(whole_words(worth.name)), str(worth.count), *cycles)
    console.print(worths)
