"""Problems for tests of whole searches, and the tasks they make."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from machine.graph.builder import Kernel
from machine.graph.operation import MemoryRange
from machine.model import Machine
from problems.knobs import ChoiceKnob, IntegerKnob, Knob, KnobSettings, KnobValue, default_settings
from problems.problem import Memories, Shape, ShapeParameter
from search.board.entry import Effort, Entry, make_entry
from search.bounds.chains_and_work import lower_bound
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.tasks.building import build_prepared
from search.tasks.candidate import Candidate, make_candidate
from search.tasks.task import Task, TaskName
from search.tasks.validation import validate_candidate
from tests.problems.example import Doubling
from tests.search.cases import TAKEHOME

EXAMPLE = f"{Path(__file__).parents[1] / 'problems' / 'example.py'}:Doubling"
FOUND = "2026-01-02T03:04:05+00:00"


_THREE_WORDS = {"words": 3, "spare": 0}


class Choosy(Doubling):
    """Doubling with knobs that lead to failures: graphs too large for scratch, graphs that are none, wrong ones."""

    name = "choosy"

    def knobs(self, shape: Shape, category: str, machine: Machine) -> tuple[Knob, ...]:
        kinds = ("plain", "large", "broken")
        return (ChoiceKnob("kind", "plain", "", kinds), IntegerKnob("idle", 5, "operations too many", 0, 9))

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        super().build(kernel, shape, category, knobs)
        chain = kernel.constant(1)
        for number in range(int(knobs["idle"])):
            following = kernel.scalar(f"idle {number}")
            kernel.scalar_binary("*", following, chain, chain)
            chain = following
        words = kernel.machine.scratch_words + 1 if knobs["kind"] == "large" else 1
        buffer, unwritten = kernel.buffer("large", words), kernel.scalar("unwritten")
        kernel.load_constant(buffer[0], 0)
        if knobs["kind"] == "broken":
            kernel.scalar_binary("+", unwritten, unwritten, unwritten)


class Shapeless(Choosy):
    """Of one size, so that its shape has no text."""

    name = "shapeless"
    parameters: ClassVar[tuple[ShapeParameter, ...]] = ()

    def memory_words(self, shape: Shape) -> int:
        return super().memory_words(_THREE_WORDS)

    def reference(self, shape: Shape, memories: Memories) -> Memories:
        return super().reference(_THREE_WORDS, memories)

    def outputs(self, shape: Shape, category: str) -> Sequence[range]:
        return super().outputs(_THREE_WORDS, category)

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        super().build(kernel, _THREE_WORDS, category, knobs)


class Wrong(Doubling):
    """Its reference is not what its kernel computes."""

    name = "wrong"

    def reference(self, shape: Shape, memories: Memories) -> Memories:
        final = memories.copy()
        final[:, : shape["words"]] *= 3
        return final


class Astray(Doubling):
    """Its kernel promises an address range that its loads leave, and on some inputs leaves memory."""

    name = "astray"
    categories: ClassVar[tuple[str, ...]] = ("range", "memory")

    def inputs(self, shape: Shape, count: int, seed: int) -> Memories:
        memories = np.zeros((count, self.memory_words(shape)), dtype=np.uint32)
        memories[count // 2 :, 0] = 1 if shape["words"] > 1 else 1000
        return memories

    def reference(self, shape: Shape, memories: Memories) -> Memories:
        return memories.copy()

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        address, word, last = kernel.constant(0), kernel.scalar("word"), kernel.scalar("last")
        kernel.load(word, address, MemoryRange(0, 1))
        kernel.load(last, word, MemoryRange(0, 1))


def task_name(problem: str, shape: str = "", category: str = "all", machine: Machine = TAKEHOME) -> TaskName:
    """A task by name; a problem with a capital is a class of this file."""
    return TaskName(f"{Path(__file__)}:{problem}" if problem[0].isupper() else problem, shape, category, machine)


DOUBLING = TaskName(EXAMPLE, "words=4", "all", TAKEHOME)
SMALL_TREE = TaskName("tree_hash", "height=2,rounds=2,batch=16", "values", TAKEHOME)


@cache
def candidate_of(name: TaskName) -> tuple[Task, Candidate]:
    """The task's candidate by default knobs and policy."""
    task = name.load()
    return task, _candidate(task, _defaults(task))


@cache
def entry_of(name: TaskName) -> tuple[Entry, Candidate]:
    """A validated entry for the task's candidate."""
    task, candidate = candidate_of(name)
    return _entry(name, task, candidate, _defaults(task)), candidate


def entry_older_than(name: TaskName, knob: Knob) -> tuple[Entry, Candidate]:
    """A validated entry of a version that lacked the knob, and did what the knob says it did formerly."""
    task = name.load()
    assert knob.formerly is not None
    knobs = {each: value for each, value in _defaults(task).items() if each != knob.name}
    candidate = _candidate(task, {**knobs, knob.name: knob.formerly})
    return _entry(name, task, candidate, knobs), candidate


def _defaults(task: Task) -> dict[str, KnobValue]:
    return default_settings(task.problem.knobs(task.shape, task.category, task.machine))


def _candidate(task: Task, knobs: KnobSettings) -> Candidate:
    prepared = build_prepared(task, knobs)
    return make_candidate(prepared, decide(prepared, default_policy(task.machine)))


def _entry(name: TaskName, task: Task, candidate: Candidate, knobs: KnobSettings) -> Entry:
    validation = validate_candidate(task, candidate, 4)
    policy = default_policy(task.machine).to_json()
    effort = Effort("list search", 7, 32, 1.5, 2)
    bound = lower_bound(candidate.prepared)
    return make_entry(task, name.problem, candidate, bound, validation, knobs, policy, effort, FOUND)


def remove(folder: Path, entry: Entry) -> None:
    """What a search in another process does with an entry of its own that it betters."""
    for path in (folder / "entries").glob(f"{entry.id}.*"):
        path.unlink()
