"""Which entry a user means."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from machine.errors import UserError
from problems.loader import BUILT_IN, load_problem
from problems.problem import check_category, format_shape, parse_shape
from search.board.entry import Entry
from search.board.standing import PlacedEntry, Standing, best_of

DEFAULT_MACHINE = "takehome"
"""The machine that is meant where none is named."""


def select(entries: Sequence[PlacedEntry], text: str, category: str | None, machine: str | None, folder: Path) -> Entry:
    """The entry that ``text`` names: an id, or ``PROBLEM[:shape]`` for the best one that counts.

    A problem in a file may be called by its class or its own name alone, in letters of any size: ``alpha_blend`` for
    ``blends.py:AlphaBlend``.

    Args:
        entries: the board's, in order, the best of a task first.
        text: what the user says.
        category: what counts as output; ``None`` for the problem's first.
        machine: its name; ``None`` for :data:`DEFAULT_MACHINE`.
        folder: where the board is, for messages.

    Raises:
        UserError: there is none, only on machines that are not named, or of several classes of that name.
    """
    for each in entries:
        if each.entry.id == text:
            return each.entry
    problems = {each.entry.key[0]: each.entry.problem_name for each in entries}
    name, shape, chosen = wanted = _task_words(text, category, problems, folder)
    of_task = [each for each in entries if each.entry.key[:3] == wanted]
    by_machine = {entry.machine_name: entry for entry in best_of(of_task)}
    found = by_machine.get(machine or DEFAULT_MACHINE)
    if found is not None:
        return found
    task = f"{name} {shape} {chosen}"
    if machine is None and by_machine:
        raise UserError(f"entries for {task} are for {', '.join(sorted(by_machine))}: say which with --machine")
    for each in of_task:
        if each.standing in REMEDIES and machine in (None, each.entry.machine_name):
            raise UserError(f"no entry for {task} counts; {each.statement}: {REMEDIES[each.standing]}")
    on = "" if machine is None else f" on {machine}"
    raise UserError(f"no entry for {task}{on}: `slotsmith leaderboard` lists what there is")


def _task_words(text: str, category: str | None, problems: Mapping[str, str], folder: Path) -> tuple[str, str, str]:
    """The problem, shape and category in ``PROBLEM[:shape]``, defaults filled in; ``problems``: their own names."""
    name, colon, shape_text = text.rpartition(":")
    if not colon or "=" not in shape_text:
        name, shape_text = text, ""
    name = _whole_name(name, problems)
    try:
        problem = load_problem(name)
    except UserError as error:
        raise UserError(f"no entry '{text}' in {folder} (`slotsmith leaderboard` lists them), and {error}") from None
    shape = format_shape(parse_shape(problem, shape_text))
    return name, shape, check_category(problem, category or problem.categories[0])


def _whole_name(name: str, problems: Mapping[str, str]) -> str:
    """The one problem in a file that is called so; ``name`` itself where there is none, or it is built in."""
    names = {each: (each.rpartition(":")[2].casefold(), own.casefold()) for each, own in problems.items()}
    called = [each for each in problems if each not in BUILT_IN and name.casefold() in names[each]]
    if name in BUILT_IN or not called:
        return name
    if len(called) > 1:
        raise UserError(f"'{name}' may be {' or '.join(called)}: say which")
    return called[0]


_ANEW = "`slotsmith search` finds one anew"
_CHECK = f"{_ANEW}, `slotsmith leaderboard --check` tells whether it is still right"

REMEDIES = {Standing.STALE: _CHECK, Standing.OTHER_GRAPH: _CHECK}
"""What to do where an entry does not count, but may again."""


def require_counting(place: PlacedEntry) -> Entry:
    """The entry, if it counts: the program of any other may not be what its task asks for today.

    Raises:
        UserError: it does not count; says why, and what to do.
    """
    if not place.counts:
        raise UserError(f"{place.statement}: {REMEDIES.get(place.standing, _ANEW)}")
    return place.entry
