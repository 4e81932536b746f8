"""Shapes for which no program can be written, refused before anything is made of them."""

from machine.errors import UserError
from machine.limits import MOST_MEMORY_WORDS, MOST_OPERATIONS
from machine.model import Machine
from machine.nearest import counted
from problems.checking.users_code import mistake_in_users_code
from problems.language.array_kernel import ArrayKernel
from problems.language.declarations import Use, lay_out
from problems.problem import Problem, Shape, format_shape

MOST_INPUT_WORDS = 2**28
"""Of all inputs that are generated at once."""


def require_room(problem: Problem, shape: Shape, machine: Machine) -> None:
    """Check that the problem's words fit memory, and that a program may have as many stores as they need.

    Raises:
        UserError: they do not fit, or it may not.
        KernelError: a mistake in what the user's file says about them.
    """
    try:
        _require_memory(problem, shape)
        if isinstance(problem, ArrayKernel):
            _require_stores(problem, shape, machine)
    except UserError:
        raise
    except Exception as error:
        found = mistake_in_users_code(error)
        if found is None:
            raise
        raise found from error


def require_input_room(problem: Problem, shape: Shape, inputs: int) -> None:
    """Check that so many inputs can be held.

    Raises:
        UserError: they cannot.
    """
    words = problem.memory_words(shape)
    if isinstance(words, int) and inputs * words > MOST_INPUT_WORDS:
        raise UserError(
            f"{_at(problem, shape)} has {words:,} words of memory, {inputs * words:,} in {inputs:,} inputs, and there "
            f"is room for {MOST_INPUT_WORDS:,}: give --inputs {MOST_INPUT_WORDS // words} or less, or a smaller shape"
        )


def _require_memory(problem: Problem, shape: Shape) -> None:
    words = problem.memory_words(shape)
    if isinstance(words, int) and words > MOST_MEMORY_WORDS:  # `check` says what is wrong with what is no integer
        raise UserError(
            f"{_at(problem, shape)} needs {words:,} words of memory, and there are {MOST_MEMORY_WORDS:,}: "
            "give a smaller shape"
        )


def _require_stores(problem: ArrayKernel, shape: Shape, machine: Machine) -> None:
    """Each word that is written is stored by an operation, which stores no more words than there are lanes."""
    arrays = lay_out(problem.arrays, shape).values()
    words = sum(len(array.words) for array in arrays if array.use is Use.OUTPUT)
    most = MOST_OPERATIONS * machine.vector_length
    if words > most:
        raise UserError(
            f"{_at(problem, shape)} writes {words:,} words of memory, and a program of {MOST_OPERATIONS:,} operations "
            f"stores {most:,} on the {counted(machine.vector_length, 'lane')} of {machine.name}: give a smaller shape"
        )


def _at(problem: Problem, shape: Shape) -> str:
    return f"{problem.name} at {format_shape(shape)}"
