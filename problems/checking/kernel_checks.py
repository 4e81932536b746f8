"""All checks of a kernel, one after the other: what was found, and what was looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from machine.errors import KernelError
from machine.model import Machine
from problems.checking.comparison import Built, build_traced, compare, compare_numpy, compare_parts, compare_starts
from problems.checking.lint import check_images, check_knobs, check_outputs, check_reference
from problems.checking.time_limit import time_limit
from problems.checking.users_code import mistake_in_users_code
from problems.knobs import default_settings
from problems.language.array_kernel import ArrayKernel
from problems.problem import Problem, Shape
from problems.rules import sample_settings

GRAPH_RUNS = 12
"""Inputs on which the graph is executed, word by word."""

OTHER_SETTINGS, FEW_RUNS = 6, 3
"""Settings of the knobs drawn at random whose graphs are executed, too, and on how many inputs."""

SEED = 1


@dataclass
class Report:
    """What the checks of a kernel came to.

    Attributes:
        mistakes: what is wrong or suspicious.
        operations: of the graph; ``None`` if none was built.
        knobs: how many there are that change the graph.
        graph_inputs: on which the graph agrees with the reference.
        settings: of the knobs, besides the defaults, whose graphs agree with it.
        numpy_inputs: on which the kernel on numpy does, too; 0 where it is the reference, or there is no such kernel.
    """

    mistakes: list[KernelError] = field(default_factory=list)
    operations: int | None = None
    knobs: int = 0
    graph_inputs: int = 0
    settings: int = 0
    numpy_inputs: int = 0


def check_kernel(
    problem: Problem, shape: Shape, category: str, machine: Machine, inputs: int, seconds: float
) -> Report:
    """Build, run, compare and lint; each step has so many seconds.

    An error that is none of the user's file's is raised as it is.
    """
    report = Report()
    steps = _steps(problem, shape, category, machine, inputs, report)
    while True:
        try:
            with time_limit(seconds, "a check"):
                if next(steps, None) is None:
                    return report
        except Exception as error:
            # What ends an iterator in a kernel has become another error on its way through the steps.
            cause = error.__cause__
            found = mistake_in_users_code(cause if isinstance(cause, StopIteration) else error)
            if found is None and isinstance(error, TimeoutError):
                found = KernelError(str(error))
            if found is None:
                raise
            report.mistakes.append(found)
            return report


def _steps(
    problem: Problem, shape: Shape, category: str, machine: Machine, inputs: int, report: Report
) -> Iterator[bool]:
    """Carry out a check at each step; those that need what was wrong before are left out."""
    images, found = check_images(problem, shape, inputs, SEED)
    report.mistakes += found
    yield True
    report.mistakes += check_outputs(problem, shape, category)
    yield True
    if images is not None:
        report.mistakes += check_reference(problem, shape, images)
    yield True
    knobs = problem.knobs(shape, category, machine)
    built: Built = build_traced(problem, shape, category, machine, default_settings(knobs))
    report.operations = len(built.graph.operations)
    yield True
    for matters, about_knob in check_knobs(problem, shape, category, machine):
        report.knobs += matters
        report.mistakes += about_knob
        yield True
    if images is None or report.mistakes:
        return
    if isinstance(problem, ArrayKernel):
        compare_parts(built, images[:FEW_RUNS])
        yield True
        compare_starts(built, images[:GRAPH_RUNS])
        yield True
    compare(built, images[:GRAPH_RUNS])
    yield True
    report.graph_inputs = len(images[:GRAPH_RUNS])
    random = Random(SEED)
    for _ in range(OTHER_SETTINGS if knobs else 0):
        settings = sample_settings(knobs, problem.rules(shape, category, machine), random)
        try:
            compare(build_traced(problem, shape, category, machine, settings), images[:FEW_RUNS])
        except KernelError as error:
            chosen = " ".join(f"--set {name}={value}" for name, value in settings.items())
            raise KernelError(f"{error}\n  with:      {chosen}") from None
        yield True
        report.settings += 1
    if isinstance(problem, ArrayKernel) and problem.expected is not None:
        compare_numpy(built, images)
        report.numpy_inputs = len(images)
        yield True
