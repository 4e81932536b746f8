"""Recipes for the graphs of tasks: found once, checked by execution, and kept in the cache folder.

A cache is no more than saved time: what is there is taken for the very graph, aim and sources of the rewriter alone,
and what cannot be read is found again.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

import rewriting.rewrite
from machine.compiled_cache import cache_folder, sources_digest
from machine.errors import UserError
from machine.graph.execute import execute
from machine.graph.operation import Graph
from machine.plain_file import UnreadableError
from rewriting.aim import Aim
from rewriting.proposing import Effort
from rewriting.reading import read_terms
from rewriting.recipe import Recipe, digest_of, recipe_from_json
from rewriting.rewrite import rewrite
from rewriting.rule import format_rules, rules_for
from search.errors import WrongOutputError
from search.files.bounded_json import read_bounded
from search.files.whole_file import write_whole
from search.tasks.task import Task

EFFORT = Effort(extraction_work=0.5)
"""For the graphs of a search, which has to schedule them in its time, too."""

_INPUTS = 4
_SEED = 20_261_121
_MOST_BYTES = 1 << 26


def find_recipe(task: Task, graph: Graph, aim: Aim) -> Recipe | None:
    """What makes a better graph of one that a task's knobs give; ``None`` if none was found.

    Raises:
        WrongOutputError: the graph that was found does not compute what the given one does.
    """
    file = _file(task, graph, aim)
    with suppress(OSError, UnreadableError, UserError):
        data = read_bounded(file, _MOST_BYTES)
        return None if data is None else recipe_from_json(data)
    found = rewrite(graph, rules_for(task.machine), aim, EFFORT, task.problem.outputs(task.shape, task.category))
    recipe = found.recipe
    if recipe is not None:
        require_same(task, graph, found.after.graph, _INPUTS, _SEED)
    with suppress(UserError):
        write_whole(file, json.dumps(recipe and recipe.to_json()).encode())
    return recipe


def require_same(task: Task, given: Graph, written: Graph, inputs: int, seed: int) -> None:
    """Execute both graphs on boundary words and random ones.

    Raises:
        WrongOutputError: an output word differs.
    """
    for memory in task.problem.inputs(task.shape, inputs, seed).tolist():
        found, wanted = execute(written, memory), execute(given, memory)
        for words in task.problem.outputs(task.shape, task.category):
            if found[words.start : words.stop] != wanted[words.start : words.stop]:
                raise WrongOutputError("the rewritten graph does not compute what the given one does")


def _file(task: Task, graph: Graph, aim: Aim) -> Path:
    """Where a recipe is kept: named after all that decides what it is."""
    outputs = task.problem.outputs(task.shape, task.category)
    source = Path(rewriting.rewrite.__file__)
    deciding = [
        digest_of(read_terms(graph)),
        [(words.start, words.stop) for words in outputs],
        aim,
        EFFORT,
        format_rules(rules_for(task.machine)),
        sources_digest(source, rewriting.rewrite.__name__),
    ]
    return cache_folder() / f"recipe-{hashlib.sha256(repr(deciding).encode()).hexdigest()[:32]}.json"
