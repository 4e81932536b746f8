"""Before a user's kernel is searched: whether it can be built, and does what its reference does."""

from machine.errors import KernelError
from problems.checking.comparison import build_traced, compare
from problems.checking.users_code import mistake_in_users_code, users_file
from problems.knobs import KnobSettings, default_settings
from search.tasks.task import Task

INPUTS, SEED = 8, 1


def require_right(task: Task, fixed: KnobSettings) -> None:
    """Build a user's kernel and run it on a few inputs; kernels that come with Slotsmith are not asked.

    Raises:
        KernelError: a mistake in the kernel or its reference, or a difference between the two; names the line.
    """
    if users_file(task.problem) is None:
        return
    problem, shape, category = task.problem, task.shape, task.category
    try:
        knobs = default_settings(problem.knobs(shape, category, task.machine)) | dict(fixed)
        built = build_traced(problem, shape, category, task.machine, knobs)
        compare(built, problem.inputs(shape, INPUTS, SEED))
    except KernelError:
        raise
    except Exception as error:
        found = mistake_in_users_code(error)
        if found is None:
            raise
        raise found from error
