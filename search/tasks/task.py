"""What is asked: a task, and its name as it travels between processes."""

from dataclasses import dataclass

from machine.model import Machine
from problems.loader import load_problem
from problems.problem import Problem, Shape, parse_shape


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
