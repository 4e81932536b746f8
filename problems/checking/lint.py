"""What is suspicious in a problem, whatever its kernel does: its inputs, outputs, reference and knobs."""

from collections.abc import Iterator
from random import Random

import numpy as np

from machine.errors import KernelError
from machine.graph.builder import Kernel
from machine.graph.operation import Graph
from machine.limits import MOST_MEMORY_WORDS
from machine.model import Machine
from problems.knobs import ChoiceKnob, Knob, KnobSettings, default_settings
from problems.language.array_kernel import ArrayKernel
from problems.language.lane_places import Place, mistake
from problems.problem import Memories, Problem, Shape
from problems.rules import broken_rule

DRAWS = 12
"""Values of a knob that are tried before it is said to change nothing."""


def check_images(problem: Problem, shape: Shape, count: int, seed: int) -> tuple[Memories | None, list[KernelError]]:
    """Memory images of a problem, and what is wrong with them; ``None`` where they are of no use."""
    place, words = _place(problem, "inputs"), problem.memory_words(shape)
    if not isinstance(words, int) or not 1 <= words <= MOST_MEMORY_WORDS:
        there = _place(problem, "memory_words")
        return None, [
            mistake(f"memory_words gives {words!r}", right=f"an integer, 1 to {MOST_MEMORY_WORDS}", place=there)
        ]
    images = problem.inputs(shape, count, seed)
    found = _form(images, "inputs", (count, words), place)
    if found:
        return None, found
    if count > 1 and (images == images[0]).all():
        right = "boundary values, then random ones from np.random.default_rng(seed)"
        return images, [mistake(f"inputs gives the same image {count} times", right=right, place=place)]
    if (problem.inputs(shape, count, seed) != images).any():
        return images, [mistake("inputs differ from call to call", right="the same for the same seed", place=place)]
    return images, []


def check_outputs(problem: Problem, shape: Shape, category: str) -> list[KernelError]:
    """What is wrong with the outputs."""
    place, words = _place(problem, "outputs"), problem.memory_words(shape)
    outputs = problem.outputs(shape, category)
    if not any(len(each) for each in outputs):
        return [mistake("outputs are empty, so that any program is right", right="ranges of words", place=place)]
    for each in outputs:
        if len(each) and (each.start < 0 or each.stop > words or each.step != 1):
            return [
                mistake(f"outputs has {each}, and memory has words 0 to {words - 1}", right="ranges in it", place=place)
            ]
    return []


def check_reference(problem: Problem, shape: Shape, images: Memories) -> list[KernelError]:
    """What is wrong with the reference."""
    place, given = _place(problem, "reference"), images.copy()
    final = problem.reference(shape, given)
    if (given != images).any():
        right = "work on memories.copy(): others look at the input afterwards"
        return [mistake("reference changes its argument", right=right, place=place)]
    return _form(final, "reference", images.shape, place)


def check_knobs(
    problem: Problem, shape: Shape, category: str, machine: Machine
) -> Iterator[tuple[bool, list[KernelError]]]:
    """For each knob, whether a value of it gives another graph; if none does, the mistake of whoever declared it.

    No line of a user's declares the knobs that come with kernels, and none could leave them out.
    """
    place, knobs = _place(problem, "knobs"), problem.knobs(shape, category, machine)
    usual = default_settings(knobs)
    plain = _graph(problem, shape, category, machine, usual)
    is_inherited = type(problem).knobs is ArrayKernel.knobs
    own = problem.choices if isinstance(problem, ArrayKernel) and is_inherited else usual
    for knob in knobs:
        matters = _matters(knob, plain, problem, shape, category, machine, usual)
        what = f"knob {knob.name} changes nothing at this shape: {knob.range} give the same graph"
        right = "build uses it, or knobs leaves it out where it does not matter"
        yield matters, [] if matters or knob.name not in own else [mistake(what, right=right, place=place)]


def _matters(
    knob: Knob, plain: Graph, problem: Problem, shape: Shape, category: str, machine: Machine, usual: KnobSettings
) -> bool:
    random = Random(knob.name)
    drawn = knob.choices if isinstance(knob, ChoiceKnob) else [knob.sample(random) for _ in range(DRAWS)]
    values = set(drawn) - {knob.default}
    rules = problem.rules(shape, category, machine)
    settings = [{**usual, knob.name: value} for value in values]
    allowed = [each for each in settings if broken_rule(rules, each) is None]
    return len(allowed) < len(settings) or any(
        _graph(problem, shape, category, machine, each) != plain for each in allowed
    )


def _graph(problem: Problem, shape: Shape, category: str, machine: Machine, knobs: KnobSettings) -> Graph:
    kernel = Kernel(machine, problem.memory_words(shape))
    problem.build(kernel, shape, category, knobs)
    return kernel.graph()


def _form(found: object, what: str, shape: tuple[int, ...], place: Place) -> list[KernelError]:
    right = f"an array of np.uint32, {shape[0]} images x {shape[1]} words"
    if not isinstance(found, np.ndarray):
        return [mistake(f"{what} gives a {type(found).__name__}", right=right, place=place)]
    if found.shape != shape or found.dtype != np.uint32:
        return [mistake(f"{what} gives {found.dtype}, {' x '.join(map(str, found.shape))}", right=right, place=place)]
    return []


def _place(problem: Problem, method: str) -> Place:
    """Where a method of the problem is written, or the kernel that it follows from."""
    owner = type(problem)
    inherited = getattr(owner, method) is getattr(ArrayKernel, method, None)
    code = (owner.kernel if inherited and issubclass(owner, ArrayKernel) else getattr(owner, method)).__code__
    return Place(code.co_filename, code.co_firstlineno)
