"""Leaderboard entries: a validated program, the decision behind it, and all that is needed to build it again."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from platform import python_version
from typing import Any

from machine.errors import UserError
from machine.graph.decision import decision_from_json
from machine.graph.flat import FlatGraph
from machine.model import Machine, machine_from_data, machine_to_data
from problems.knobs import KnobValue, recorded_settings
from problems.loader import load_problem
from problems.problem import check_shape, format_shape
from rewriting.recipe import recipe_from_json
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry_schema import check_entry
from search.bounds.bound import Bound, bound_from_json
from search.tasks.building import build_prepared
from search.tasks.candidate import Candidate, make_candidate
from search.tasks.rewriting_knob import as_it_was
from search.tasks.task import Task
from search.tasks.validation import Validation

ENTRY_FORMAT = 4
"""Version of entries on disk; older ones stay readable.

The second brought ``struck`` and ``effort.repeat``; the third ``checked``, ``other_graph`` and ``bound.certificate``;
it calls ``effort.schedules`` what was ``effort.trials``, and an entry's id depends on the problem's sources too; the
fourth brought ``rewriting``.
"""


@dataclass(frozen=True)
class Hashes:
    """SHA-256 of what an entry stands on."""

    program: str
    graph: str
    problem: str
    machine: str


@dataclass(frozen=True)
class Effort:
    """How an entry was found, and what it cost.

    Attributes:
        method: the names of the methods, in the order of their use.
        seed: the seed of every random choice.
        schedules: the number of schedules tried.
        seconds: the wall time.
        workers: the number of worker processes; 0 where the search ran in one process alone.
        repeat: what it takes to find the entry again, as :mod:`search.sweep.repetition` reads it; ``None`` where
            time ended the search, or where its version did not record it.
    """

    method: str
    seed: int
    schedules: int
    seconds: float
    workers: int
    repeat: dict[str, Any] | None = None

    @property
    def core_hours(self) -> float:
        """Wall time, times the number of processes that searched."""
        return self.seconds * max(1, self.workers) / 3600


@dataclass(frozen=True)
class Checked:
    """That an entry was validated anew, in full, after it was added.

    Attributes:
        problem: the digest of the problem's sources against which it was validated.
        slotsmith: the version that validated it.
        time: when, in UTC, ISO 8601.
    """

    problem: str
    slotsmith: str
    time: str


@dataclass(frozen=True)
class Mark:
    """Why an entry does not count, and since when, in UTC, ISO 8601."""

    reason: str
    time: str


@dataclass(frozen=True)
class Entry:
    """A line of the leaderboard; program and decision are stored in files beside it.

    Attributes:
        id: the problem's name and the first digits of a hash of program and task (one program may solve several).
        problem: name, or ``file.py:Class``.
        shape: the shape, by parameter.
        category: what counts as output.
        machine: the machine model, as data.
        cycles: the score.
        bound: no program from this graph is shorter.
        validation: how it was validated when it was added.
        hashes: what to compare when it is reproduced.
        knobs: the graph's knobs.
        policy: the list schedule's policy, or ``None`` where none led to the schedule.
        effort: how it was found.
        versions: of Slotsmith, Python and the libraries that matter.
        found: when, in UTC, ISO 8601.
        format: version of the file it was read from.
        checked: its last validation since; ``None`` if there was none.
        other_graph: set where the last check found that its knobs no longer build its graph.
        struck: set where a check found it to be wrong.
        rewriting: the recipe by which the graph of its knobs was rewritten, as data; ``None`` if it was not.
    """

    id: str
    problem: str
    shape: dict[str, int]
    category: str
    machine: dict[str, Any]
    cycles: int
    bound: Bound
    validation: Validation
    hashes: Hashes
    knobs: dict[str, KnobValue]
    policy: dict[str, Any] | None
    effort: Effort
    versions: dict[str, str]
    found: str
    format: int = ENTRY_FORMAT
    checked: Checked | None = None
    other_graph: Mark | None = None
    struck: Mark | None = None
    rewriting: dict[str, Any] | None = None

    @property
    def problem_name(self) -> str:
        """The problem's own name, without the file it may be in."""
        return self.id.rpartition("-")[0]

    @property
    def gap(self) -> float:
        """How far above the bound the score may be, as a fraction of the bound; 0 where it refutes the bound."""
        return max(0.0, self.cycles / max(1, self.bound.cycles) - 1)

    @property
    def bound_level(self) -> str:
        """How far its bound can be trusted; one above its cycles, not at all."""
        return "refuted" if self.bound.cycles > self.cycles else self.bound.level.value

    @property
    def shape_text(self) -> str:
        """The shape as users write it."""
        return format_shape(self.shape)

    @property
    def machine_name(self) -> str:
        """The machine's name."""
        return str(self.machine["name"])

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The names of what it competes in: problem, shape, category, machine."""
        return self.problem, self.shape_text, self.category, self.machine_name

    @property
    def problem_digest(self) -> str:
        """The digest of the problem's sources for which it was last found to be valid."""
        return self.hashes.problem if self.checked is None else self.checked.problem

    @property
    def competition(self) -> tuple[str, ...]:
        """What it competes in: the names of problem, shape, category and machine, and what those names stood for."""
        return *self.key, self.problem_digest, self.hashes.machine

    def task(self) -> Task:
        """The task it solves.

        Raises:
            UserError: the problem is no longer there, or the machine model is unreadable.
        """
        problem = load_problem(self.problem)
        machine = machine_from_data(self.machine, f"of entry {self.id}")
        return Task(problem, check_shape(problem, self.shape), self.category, machine)

    def to_json(self) -> dict[str, Any]:
        """The entry as plain data."""
        return asdict(self)


def entry_from_json(data: Mapping[str, Any]) -> Entry:
    """Read what :meth:`Entry.to_json` gave.

    Raises:
        UserError: not an entry, or one of a newer version.
    """
    try:
        if type(data.get("format")) is int and data["format"] > ENTRY_FORMAT:
            raise UserError(f"entry {data.get('id')} is of format {data['format']}: it needs a newer Slotsmith")
        check_entry(data, ENTRY_FORMAT)
        effort = dict(data["effort"])
        if data["format"] < 3:
            effort["schedules"] = effort.pop("trials")
        nested = {
            "bound": bound_from_json(data["bound"]),
            "validation": Validation(**{**data["validation"], "checks": tuple(data["validation"]["checks"])}),
            "hashes": Hashes(**data["hashes"]),
            "effort": Effort(**effort),
            "checked": None if data.get("checked") is None else Checked(**data["checked"]),
            "other_graph": None if data.get("other_graph") is None else Mark(**data["other_graph"]),
            "struck": None if data.get("struck") is None else Mark(**data["struck"]),
        }
        return Entry(**{**data, **nested})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"not a leaderboard entry: {error}") from None


def graph_digest(flat: FlatGraph, machine: Machine) -> str:
    """SHA-256 of a graph: its slots, dependences, buffers and machine."""
    digest = hashlib.sha256(machine.digest.encode())
    for name, array in flat._asdict().items():
        digest.update(name.encode() + array.tobytes())
    return digest.hexdigest()


def hashes_of(task: Task, candidate: Candidate) -> Hashes:
    """The hashes of a candidate for a task."""
    return Hashes(
        program=candidate.program.digest,
        graph=graph_digest(candidate.prepared.flat, task.machine),
        problem=task.problem.digest(),
        machine=task.machine.digest,
    )


def make_entry(
    task: Task,
    problem_name: str,
    candidate: Candidate,
    bound: Bound,
    validation: Validation,
    knobs: Mapping[str, KnobValue],
    policy: Mapping[str, Any] | None,
    effort: Effort,
    found: str,
) -> Entry:
    """An entry for a validated candidate."""
    hashes = hashes_of(task, candidate)
    key = problem_name, format_shape(task.shape), task.category, task.machine.name
    return Entry(
        id=entry_id(type(task.problem).name, key, hashes),
        problem=problem_name,
        shape=dict(task.shape),
        category=task.category,
        machine=machine_to_data(task.machine),
        cycles=validation.cycles,
        bound=bound,
        validation=validation,
        hashes=hashes,
        knobs=dict(knobs),
        policy=None if policy is None else dict(policy),
        effort=effort,
        versions=current_versions(),
        found=found,
        rewriting=None if candidate.prepared.recipe is None else candidate.prepared.recipe.to_json(),
    )


def entry_id(name: str, key: tuple[str, str, str, str], hashes: Hashes, format_: int = ENTRY_FORMAT) -> str:
    """The id of an entry for the problem of that own name, which solves what ``key`` says (see :attr:`Entry.key`)."""
    sources = (hashes.problem,) if format_ >= 3 else ()
    parts = *key, *sources, hashes.machine, hashes.program
    return f"{file_name_part(name)}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:10]}"


def file_name_part(name: str) -> str:
    """``name`` as part of a file's name: letters, digits and ``_.+-``, whatever else a user's name may hold."""
    return re.sub(r"[^A-Za-z0-9_.+-]", "-", name)[:100].lstrip(".") or "unnamed"


def current_versions() -> dict[str, str]:
    """Versions of what decides a result."""
    libraries = {name: version(name) for name in ("slotsmith", "ortools", "numpy", "numba")}
    return {"python": python_version(), **libraries}


@dataclass(frozen=True)
class Reproduction:
    """What building an entry again gave, against what it says.

    Attributes:
        knobs: those of the graph, see :func:`completed_knobs`.
        candidate: the program, with its graph and decision.
        same: by name, whether the hashes are equal.
    """

    knobs: dict[str, KnobValue]
    candidate: Candidate
    same: dict[str, bool]

    @property
    def succeeded(self) -> bool:
        """Whether graph and program are the entry's, to the bit."""
        return self.same["graph"] and self.same["program"]


def reproduce(entry: Entry, decision: Mapping[str, Any]) -> Reproduction:
    """Build the graph from the entry's knobs, replay its decision, and compare hashes.

    Raises:
        UserError: the decision does not fit the graph that its knobs give today.
    """
    task = entry.task()
    knobs = completed_knobs(entry, task)
    prepared = build_again(entry, task, knobs)
    candidate = make_candidate(prepared, decision_from_json(prepared.flat, decision))
    wanted, found = asdict(entry.hashes), asdict(hashes_of(task, candidate))
    return Reproduction(knobs, candidate, {name: wanted[name] == found[name] for name in wanted})


def completed_knobs(entry: Entry, task: Task) -> dict[str, KnobValue]:
    """The entry's knobs; those that were not there yet stand for what was done then."""
    return recorded_settings(task.problem.knobs(task.shape, task.category, task.machine), entry.knobs)


def build_again(entry: Entry, task: Task, knobs: Mapping[str, KnobValue] | None = None) -> PreparedGraph:
    """The graph that the entry's knobs give today, rewritten as it was then.

    Args:
        entry: what is built.
        task: what the entry is for; another machine is allowed.
        knobs: those of :func:`completed_knobs` where they are at hand, as they may cost as much as the graph.

    Raises:
        GraphError: the problem builds a graph that is none.
    """
    if knobs is None:
        knobs = completed_knobs(entry, task)
    recipe = None if entry.rewriting is None else recipe_from_json(entry.rewriting)
    return build_prepared(task, as_it_was(knobs, recipe), recipe)


def graph_as_recorded(entry: Entry, task: Task) -> PreparedGraph | None:
    """The graph of the entry, built again; ``None`` if this version builds another, or none, from its knobs."""
    try:
        prepared = build_again(entry, task)
    except Exception:  # whatever a problem makes of knobs that it no longer takes
        return None
    return prepared if graph_digest(prepared.flat, task.machine) == entry.hashes.graph else None
