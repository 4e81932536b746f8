"""Repeats the search that found an entry, where its result did not depend on time.

An entry's ``effort.repeat`` says what was done: its ``kind`` names one of the records that are read here, the rest is
that recipe's.
"""

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from machine.errors import UserError
from search.board.entry import Entry, completed_knobs, current_versions
from search.board.leaderboard import Leaderboard
from search.processes.workers import Runner
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.search_recipe import SearchRecipe
from search.strategy.session import NothingFoundError, SessionSettings, search
from search.sweep.trial import TrialRequest, run_trial
from search.sweep.trial_recipe import TrialRecipe
from search.tasks.task import TaskName


@dataclass(frozen=True)
class Repetition:
    """What a search came to when it was repeated.

    Attributes:
        cycles: of the best program now.
        same: whether cycles and hashes are the entry's, by name.
        versions: of what is of another version now: what it was and what it is, by name.
    """

    cycles: int
    same: dict[str, bool]
    versions: dict[str, tuple[str, str]]

    @property
    def succeeded(self) -> bool:
        """Whether the same program was found."""
        return self.same["cycles"] and self.same["program"]


def recipe_of(entry: Entry) -> SearchRecipe | TrialRecipe:
    """What it takes to repeat the search that found an entry.

    Raises:
        UserError: nothing does, or the recipe is not one that this version reads.
    """
    data = entry.effort.repeat
    if data is None:
        raise UserError(
            f"entry {entry.id} cannot be searched for again: time limited its search ({entry.effort.method}), or no "
            f"recipe was kept; `slotsmith reproduce {entry.id}` rebuilds it from its decision"
        )
    match data.get("kind") if isinstance(data, dict) else None:
        case SearchRecipe.KIND:
            return SearchRecipe.from_json(data)
        case TrialRecipe.KIND:
            return TrialRecipe.from_json(data)
    raise UserError(f"entry {entry.id} was found in a way that this version cannot repeat: it needs a newer Slotsmith")


def repeat_search(entry: Entry, runner: Runner, watch: Watch) -> Repetition:
    """Repeat the search that found an entry, away from any leaderboard, and compare.

    Raises:
        UserError: it cannot be repeated (see :func:`recipe_of`), or leads to no program now.
        KeyboardInterrupt: it was interrupted.
    """
    recipe = recipe_of(entry)
    found = _search(entry, recipe, runner, watch) if isinstance(recipe, SearchRecipe) else _run_trial(entry, recipe)
    wanted, made = asdict(entry.hashes), asdict(found.hashes)
    same = {"cycles": found.cycles == entry.cycles, **{name: wanted[name] == made[name] for name in wanted}}
    now = current_versions()
    versions = {
        name: (entry.versions.get(name, "none"), number)
        for name, number in now.items()
        if entry.versions.get(name) != number
    }
    return Repetition(found.cycles, same, versions)


def _search(entry: Entry, recipe: SearchRecipe, runner: Runner, watch: Watch) -> Entry:
    task, name = entry.task(), _task_name(entry)
    budget, inputs = Budget(schedules=recipe.schedules), entry.validation.inputs
    settings = SessionSettings(recipe.steps(), budget, recipe.seed, inputs, recipe.fixed, recipe.rewrite)
    with tempfile.TemporaryDirectory(prefix="slotsmith-") as folder:
        board = Leaderboard(Path(folder))
        board.ensure_writable()
        try:
            outcome = search(task, name, settings, board, runner, watch)
        except NothingFoundError as error:
            if error.is_interrupted:
                raise KeyboardInterrupt from None
            raise
    if outcome.run.is_interrupted:
        raise KeyboardInterrupt
    return outcome.submission.entry


def _run_trial(entry: Entry, recipe: TrialRecipe) -> Entry:
    recipe.policy.require_for(entry.task().machine)
    request = TrialRequest(
        number=0,
        task=_task_name(entry),
        seed=recipe.seed,
        knobs=completed_knobs(entry, entry.task()),
        policy=recipe.policy,
        schedules=recipe.schedules,
        stages=recipe.stages,
        inputs=entry.validation.inputs,
        to_beat=None,
    )
    result = run_trial(request)
    if result.found is None:
        name, message = result.error or ("no program", "nothing was found")
        raise UserError(f"the trial that found entry {entry.id} fails now: {name}: {message}")
    return result.found.entry


def _task_name(entry: Entry) -> TaskName:
    return TaskName(entry.problem, entry.shape_text, entry.category, entry.task().machine)
