"""Whether a user's kernel can be built and does what its reference does: before it is searched, and in the end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from machine.errors import KernelError
from problems.checking.comparison import build_traced, compare, compare_parts
from problems.checking.lint import check_images, check_outputs, check_reference
from problems.checking.time_limit import time_limit
from problems.checking.users_code import mistake_in_users_code, users_file
from problems.knobs import default_settings
from problems.language.array_kernel import ArrayKernel
from problems.problem import resolve_knobs
from search.errors import WrongOutputError
from search.tasks.rewriting_knob import declared_knobs, of_problem
from search.tasks.task import Task

INPUTS, SEED = 8, 1

MOST_SECONDS = 120.0
"""A kernel that is searched is built and run many times."""


def require_right(task: Task, fixed: Mapping[str, str]) -> None:
    """Build a user's kernel with the knobs that are set, and run it on a few inputs.

    Kernels that come with Slotsmith are not asked.

    Raises:
        UserError: there is no such knob, or it does not take this value.
        KernelError: a mistake in the kernel or its reference, or a difference between the two; names the line.
    """
    if users_file(task.problem) is None:
        return
    try:
        with time_limit(MOST_SECONDS, "building and running the kernel"):
            _check(task, fixed)
    except KernelError:
        raise
    except (Exception, SystemExit) as error:
        found = mistake_in_users_code(error)
        if found is None:
            raise
        raise found from error


@contextmanager
def blaming_kernel(task: Task) -> Iterator[None]:
    """A program that does not do what the reference of a user's kernel does is that kernel's mistake.

    Raises:
        KernelError: there was such a program.
    """
    try:
        yield
    except WrongOutputError as error:
        file = users_file(task.problem)
        if file is None:
            raise
        raise KernelError(
            f"{Path(file).name}: kernel and reference differ on an input of the validation: {error}\n"
            "  right:     they agree on every input; `slotsmith check --inputs` takes a number of them"
        ) from error


def _check(task: Task, fixed: Mapping[str, str]) -> None:
    problem, shape, category = task.problem, task.shape, task.category
    declared = declared_knobs(task)
    knobs = of_problem(default_settings(declared) | resolve_knobs(declared, fixed))
    images, mistakes = check_images(problem, shape, INPUTS, SEED)
    if images is None:
        raise mistakes[0]
    built = build_traced(problem, shape, category, task.machine, knobs)
    for mistake in (*check_outputs(problem, shape, category), *check_reference(problem, shape, images)):
        raise mistake
    if isinstance(problem, ArrayKernel):
        compare_parts(built, images)
    compare(built, images)
