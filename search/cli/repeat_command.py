"""``slotsmith reproduce ENTRY --search``: the search repeated, not only what it found."""

import typer

from search.board.entry import Entry
from search.cli.live import live_view
from search.cli.options import print_json
from search.processes.workers import open_runner
from search.strategy.budget import Budget
from search.strategy.search_recipe import SearchRecipe
from search.sweep.repetition import Repetition, recipe_of, repeat_search


def repeat_and_compare(entry: Entry, workers: int, *, json: bool) -> None:
    """Repeat the search that found an entry and print what is the same.

    Raises:
        typer.Exit: with code 1, if another program was found.
        UserError: the search cannot be repeated.
    """
    recipe = recipe_of(entry)
    # A trial of a sweep runs in one process, and says nothing before it has ended.
    processes = workers if isinstance(recipe, SearchRecipe) else 0
    title = f"repeating {entry.problem_name} {entry.shape_text} {entry.category}"
    with open_runner(processes) as runner, live_view(title, Budget(schedules=recipe.schedules), quiet=json) as watch:
        again = repeat_search(entry, runner, watch)
    _print(entry, again, json=json)
    if not again.succeeded:
        raise typer.Exit(1)


def _print(entry: Entry, again: Repetition, *, json: bool) -> None:
    if json:
        versions = {name: {"then": then, "now": now} for name, (then, now) in again.versions.items()}
        said = {"repeated": again.succeeded, "cycles": again.cycles, "same": again.same, "versions": versions}
        print_json({"entry": entry.id, **said})
        return
    for name, same in again.same.items():
        typer.echo(f"{name:8} {'same' if same else 'DIFFERENT'}")
    for name, (then, now) in again.versions.items():
        typer.echo(f"{name} was {then} then and is {now} now")
    typer.echo(
        f"{entry.id} {'found again' if again.succeeded else 'NOT found again'}: {again.cycles} cycles, "
        f"{entry.cycles} then, on {entry.machine_name}"
    )
