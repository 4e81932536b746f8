"""A timeline on a terminal: operations by row, cycles by column, in blocks as wide as fits."""

from collections.abc import Iterable, Sequence

from rich.console import Console

from search.explain.cycle_timeline import TimelineRow
from search.explain.operation_text import GraphText

LEGEND = "digit: slots issued (+: ten or more)  =: ready  -: in flight"
_ROOM_FOR_NAMES = 36
_LEAST_CYCLES = 10
_STEP = 10


def print_timeline(console: Console, text: GraphText, rows: Sequence[TimelineRow], cycles: range) -> None:
    """Print a timeline, in blocks of as many cycles as fit beside the operations' names."""
    console.print(LEGEND, markup=False)
    width = max(_LEAST_CYCLES, console.width - _ROOM_FOR_NAMES)
    for first in range(cycles.start, cycles.stop, width):
        block = range(first, min(first + width, cycles.stop))
        console.print()
        for line in _block(text, rows, cycles, block, console.width):
            console.print(line.rstrip(), markup=False, no_wrap=True, overflow="ellipsis", crop=True)


def _block(text: GraphText, rows: Sequence[TimelineRow], cycles: range, block: range, width: int) -> Iterable[str]:
    yield f"{_ruler(block)}  engine  operation"
    longest = max((len(row.engine) for row in rows), default=0)
    for row in rows:
        if row.cycle in block or any(mark not in ".=" for mark in _marks(row, cycles, block)):
            line = f"{_marks(row, cycles, block)}  {row.engine.ljust(max(6, longest))}  {text.operation(row.operation)}"
            with_source = f"{line}  {text.source(row.operation)}"
            yield with_source if len(with_source) <= width else line


def _marks(row: TimelineRow, cycles: range, block: range) -> str:
    return row.marks[block.start - cycles.start : block.stop - cycles.start]


def _ruler(block: range) -> str:
    """The number of every tenth cycle, and of the first, where there is room for them."""
    ruler = ""
    for place, cycle in enumerate(block):
        fits = place + len(str(cycle)) <= len(block) and (not ruler or len(ruler) < place)
        if fits and (place == 0 or cycle % _STEP == 0):
            ruler = ruler.ljust(place) + str(cycle)
    return ruler.ljust(len(block))
