"""What is asked: a task, and its name as it travels between processes."""

from dataclasses import dataclass

from machine.model import Machine, load_machine
from problems.checking.room import require_room
from problems.loader import load_problem
from problems.problem import Problem, Shape, check_category, format_shape, parse_shape


@dataclass(frozen=True, slots=True)
class Task:
    """What a program is for."""

    problem: Problem
    shape: Shape
    category: str
    machine: Machine


@dataclass(frozen=True)
class TaskName:
    """A task as it travels between processes."""

    problem: str
    shape: str
    category: str
    machine: Machine

    def load(self) -> Task:
        """The task itself."""
        problem = load_problem(self.problem)
        return Task(problem, parse_shape(problem, self.shape), self.category, self.machine)


def resolve_task(problem_name: str, shape: str, category: str | None, machine: Machine | str) -> tuple[Task, TaskName]:
    """The task that a user's words name; without a category the problem's first is meant.

    Raises:
        UserError: one of them names nothing, or the shape has no room.
    """
    problem = load_problem(problem_name)
    chosen = check_category(problem, category or problem.categories[0])
    model = machine if isinstance(machine, Machine) else load_machine(machine)
    task = Task(problem, parse_shape(problem, shape), chosen, model)
    require_room(task.problem, task.shape, model)
    return task, TaskName(problem_name, format_shape(task.shape), chosen, task.machine)
