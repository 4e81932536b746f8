"""``slotsmith explore``: which features of a machine a kernel would gain from."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from machine.errors import UserError
from machine.features import parse_variation, usual_variations
from problems.problem import resolve_knobs
from search.cli.fitting_table import Column, print_table, terminal
from search.cli.options import (
    DEFAULT_MACHINE,
    CategoryOption,
    JsonOption,
    MachineOption,
    ProblemArgument,
    SetOption,
    ShapeOption,
    print_json,
    require_place,
    split_settings,
    write_output,
)
from search.cli.report_command import require_bokeh
from search.explore.exploration import Exploration, ExploreSettings, Watch, explore
from search.explore.exploration_data import exploration_data, row_data
from search.explore.variant import Variant, VariantResult, variants_of
from search.explore.verdict import sentences
from search.strategy.budget import MOST_SECONDS, Budget
from search.sweep.executors.executor import Limits
from search.sweep.executors.opening import open_executor
from search.sweep.sweep_file import ExecutorKind, ExecutorSettings
from search.tasks.preflight import require_right
from search.tasks.rewriting_knob import declared_knobs
from search.tasks.task import resolve_task

DEFAULT_SECONDS = 10.0
_GRACE_SECONDS = 300.0
"""For building, validation, and what a stage takes beyond its budget; with counted schedules, for all of it."""

_MEMORY_BYTES = 4 << 30
_WHY = 100
"""Characters of a reason in the table, at most."""

_COLUMNS = (
    *(Column("feature", 9), Column("is", 5, True), Column("would be", 8, True)),
    *(Column("cycles", 7, True), Column("saved", 6, True), Column("share", 3, True), Column("bound", 4, True)),
    Column("note", 2),
)


def explore_command(
    problem: ProblemArgument,
    shape: ShapeOption = "",
    category: CategoryOption = None,
    machine: MachineOption = DEFAULT_MACHINE,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            help="A feature and its values, as in valu.slots=4:8, lanes=4,16, scratch=512:2048:512, load.latency=1:4, "
            "load.vload.latency=2 or valu.multiply_add=0; may be given again. All usual ones if not given."
        ),
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(min=0.1, max=MOST_SECONDS, help="Seconds for each; 10 unless --schedules is given.")
    ] = None,
    schedules: Annotated[int | None, typer.Option(min=1, help="List schedules tried for each.")] = None,
    executor: Annotated[ExecutorKind, typer.Option(help="Where searches run.")] = ExecutorKind.PROCESSES,
    workers: Annotated[int | None, typer.Option(min=1, max=1024, help="Searches at once.")] = None,
    address: Annotated[str | None, typer.Option(help="Of a running Ray cluster.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed and number of schedules, same result.")] = 0,
    set_: SetOption = None,
    inputs: Annotated[int, typer.Option(min=1, help="Inputs on which every winner is validated.")] = 256,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write a page with a chart for each.")] = None,
    json: JsonOption = False,
) -> None:
    """Search on variants of a machine: how many cycles a slot, an opcode, more lanes or scratch would save.

    Nothing is kept on the leaderboard. Ctrl-C ends the exploration and shows what has ended.

    Example: slotsmith explore saxpy --shape n=256 --vary load.slots=1:4 --vary scratch=64,128
    """
    if output is not None:
        require_bokeh()
        require_place(output)
    task, name = resolve_task(problem, shape, category, machine)
    fixed = split_settings(set_ or [])
    variations = [parse_variation(text, task.machine) for text in vary or []] or usual_variations(task.machine)
    variants = variants_of(task.machine, variations)
    if not variants:
        raise UserError(f"--vary names nothing but machine {task.machine.name} as it is: give other values")
    require_right(task, fixed)
    knobs = resolve_knobs(declared_knobs(task), fixed)
    seconds = DEFAULT_SECONDS if time_limit is None and schedules is None else time_limit
    settings = ExploreSettings(Budget(seconds, schedules), seed, inputs, knobs)
    limits = Limits((seconds or 0.0) + _GRACE_SECONDS, _MEMORY_BYTES)
    with (
        _view(quiet=json) as watch,
        open_executor(_executor(executor, workers, address), limits) as running,
    ):
        found = explore(task, name, variants, settings, running, watch)
    if json:
        print_json(exploration_data(found))
    else:
        _print(found)
    if output is not None:
        from search.pages.exploration_page import exploration_html  # noqa: PLC0415  (bokeh need not be installed)

        write_output(output, exploration_html(found))


def _executor(kind: ExecutorKind, workers: int | None, address: str | None) -> ExecutorSettings:
    if address is not None and kind is not ExecutorKind.RAY:
        raise UserError(f"--address is for --executor ray, not {kind.value}")
    return ExecutorSettings(kind, workers, address)


@contextmanager
def _view(*, quiet: bool) -> Iterator[Watch]:
    """Shows which searches have ended: a bar on a terminal, a line each elsewhere."""
    if quiet:
        yield lambda variant, result, ended, of: None
    elif sys.stderr.isatty():
        with Progress(console=Console(stderr=True), transient=True) as bar:
            shown = bar.add_task("as it is", total=None)

            def advance(variant: Variant, result: VariantResult, ended: int, of: int) -> None:
                bar.update(shown, completed=ended, total=of, description=f"{variant}: {_came_to(result)}")

            yield advance
    else:
        yield _print_line


def _print_line(variant: Variant, result: VariantResult, ended: int, of: int) -> None:
    print(f"{ended} of {of}: {variant}: {_came_to(result)}", file=sys.stderr, flush=True)


def _came_to(result: VariantResult) -> str:
    return result.end.value if result.cycles is None else f"{result.cycles} cycles"


def _print(found: Exploration) -> None:
    task, base = found.task, found.base
    bound = "" if base.bound is None else f", bound {base.bound.cycles} for its graph"
    typer.echo(f"{task.problem} {task.shape} {task.category} on {task.machine.name}: {base.cycles} cycles{bound}")
    rows = []
    for row in found.ranked:
        data = row_data(found, row)
        saved = data["saved"]
        numbers = data["cycles"], saved, None if saved is None else f"{saved / (base.cycles or 1):.1%}", data["bound"]
        cells = ["" if number is None else str(number) for number in numbers]
        note = "optimal" if data["optimal"] else "" if row.result.program else f"{data['end']}: {row.result.why}"
        note = note if len(note) <= _WHY else f"{note[: _WHY - 4]} ..."
        rows.append((data["feature"], str(data["was"]), str(data["value"]), *cells, note))
    console = terminal()
    print_table(console, _COLUMNS, rows)
    if found.is_interrupted:
        console.print(f"interrupted: {len(found.rows)} of {found.asked} variants have ended")
    for sentence in sentences(found):
        console.print(sentence, soft_wrap=not sys.stdout.isatty())
