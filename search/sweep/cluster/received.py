"""Entries that come from elsewhere: whatever can be computed from an entry is computed again, not trusted."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from machine.errors import SlotsmithError
from machine.graph.decision import decision_from_json
from machine.model import load_machine, model_names
from machine.program import program_from_json
from problems.loader import BUILT_IN
from problems.problem import check_category, resolve_knobs
from search.board.entry import Effort, Entry, build_again, entry_from_json, entry_id
from search.board.submission import Result, validated_entry
from search.bounds.proving import prove_bound
from search.files.schema import SchemaError, text
from search.scheduling.policy import Policy
from search.sweep.trial_recipe import TrialRecipe
from search.tasks.candidate import Candidate, make_candidate
from search.tasks.rewriting_knob import declared_knobs
from search.tasks.task import Task
from search.tasks.validation import LEAST_INPUTS

_MOST_INPUTS = 1 << 16
"""On which an entry is validated here, whatever it claims to have been validated on."""

_PLAIN = text(80, r"[A-Za-z0-9_.,:+ -]+")


class RefusedError(SlotsmithError):
    """What was received is not what it claims to be."""


def check_received(item: Mapping[str, Any], is_wanted: Callable[[Entry], bool]) -> tuple[Entry, Candidate] | None:
    """The received entry, computed again and compared; ``None`` if it is not wanted.

    The graph is built from the knobs here, the decision is checked and replayed, the program is validated on as many
    inputs as the entry claims.  What it says about how it was found cannot be checked, but for its form.

    Args:
        item: with ``entry``, ``decision`` and ``program``, parsed JSON.
        is_wanted: is asked about the entry as it came, before the work is done.

    Raises:
        RefusedError: it is not right, or not the same.
    """
    try:
        claimed = entry_from_json(item["entry"])
        return _checked(claimed, item) if is_wanted(claimed) else None
    except RefusedError:
        raise
    except SchemaError as error:
        raise RefusedError(str(error)) from error
    except Exception as error:  # what comes from elsewhere may make anything fail
        raise RefusedError(f"{type(error).__name__}: {error}") from error


def _checked(claimed: Entry, item: Mapping[str, Any]) -> tuple[Entry, Candidate]:
    task = _task(claimed)
    given = {name: str(value) for name, value in claimed.knobs.items()}
    knobs = resolve_knobs(declared_knobs(task), given)
    prepared = build_again(replace(claimed, knobs=dict(knobs)), task)
    program, decision = program_from_json(item["program"]), decision_from_json(prepared.flat, item["decision"])
    candidate = Candidate(prepared, decision, program)
    inputs = min(max(LEAST_INPUTS, claimed.validation.inputs), _MOST_INPUTS)
    if claimed.policy is not None:
        Policy.from_json(claimed.policy).require_for(task.machine)
    bound, effort = prove_bound(prepared), _effort(claimed.effort)
    result = Result(task, claimed.problem, candidate, bound, knobs, claimed.policy, effort)
    made = replace(validated_entry(result, inputs), found=_time(claimed.found))
    # Only now is it sure that the decision does not ask for a program of any length.
    if make_candidate(prepared, decision).program.digest != program.digest:
        raise RefusedError("this version makes another program of its decision")
    _compare(claimed, made)
    return replace(made, versions=_versions(claimed.versions)), candidate


def _task(claimed: Entry) -> Task:
    """The task, if its problem may be loaded, and its machine is the one that is known by this name."""
    if claimed.problem not in BUILT_IN and not _defines_class(claimed.problem):
        raise RefusedError(f"its problem, {claimed.problem}, is neither built in nor in a file below this directory")
    task = claimed.task()
    check_category(task.problem, claimed.category)
    name = task.machine.name
    if name in model_names() and task.machine.digest != load_machine(name).digest:
        raise RefusedError(f"its machine is called {name} and is another")
    return task


def _defines_class(problem: str) -> bool:
    """Whether ``file.py:Class`` is a file here that has the class, so that no other file is run."""
    name, _, class_name = problem.rpartition(":")
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or not path.is_file():
        return False
    source = path.read_text(encoding="utf-8", errors="replace")
    return re.search(rf"^class {re.escape(class_name)}\b", source, re.MULTILINE) is not None


def _compare(claimed: Entry, made: Entry) -> None:
    """Problem sources may differ: the reference that counts is the one here."""
    for name in ("program", "graph", "machine"):
        if getattr(claimed.hashes, name) != getattr(made.hashes, name):
            raise RefusedError(f"its {name} is not the one that its hash names")
    wanted = entry_id(made.problem_name, claimed.key, claimed.hashes, claimed.format)
    if claimed.id != wanted:
        raise RefusedError(f"its id ought to be {wanted}")
    if claimed.cycles != made.cycles:
        raise RefusedError(f"it claims {claimed.cycles} cycles and takes {made.cycles}")


def _effort(claimed: Effort) -> Effort:
    _PLAIN(claimed.method, "effort.method")
    repeat = None if claimed.repeat is None else TrialRecipe.from_json(claimed.repeat).to_json()
    return replace(claimed, seconds=float(claimed.seconds), repeat=repeat)


def _time(claimed: str) -> str:
    return datetime.fromisoformat(claimed).astimezone(UTC).isoformat(timespec="seconds")


def _versions(claimed: Mapping[str, str]) -> dict[str, str]:
    for name, number in claimed.items():
        _PLAIN(name, "a name in versions")
        _PLAIN(number, f"versions.{name}")
    return dict(claimed)
