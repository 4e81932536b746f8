"""What a problem is: a kernel to optimise, with everything needed to check a program for it."""

import hashlib
import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from machine.errors import UserError
from machine.graph.builder import Kernel
from machine.model import Machine
from machine.nearest import did_you_mean
from problems.exporter import Exporter
from problems.knobs import Knob, KnobSettings
from problems.rules import Rule

Shape = Mapping[str, int]
"""A problem's size, by parameter."""

Memories = NDArray[np.uint32]
"""Memory images, inputs x words."""


@dataclass(frozen=True, slots=True)
class ShapeParameter:
    """One number of a shape, its least and most (``None``: no limit) and the default."""

    name: str
    minimum: int
    maximum: int | None
    default: int
    summary: str


class Problem(ABC):
    """A kernel to optimise.

    Subclasses name themselves and their parameters, and implement the abstract methods.  ``categories`` are variants
    of the task that differ in what counts as output; the first is the default.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    parameters: ClassVar[tuple[ShapeParameter, ...]]
    categories: ClassVar[tuple[str, ...]] = ("all",)

    @abstractmethod
    def memory_words(self, shape: Shape) -> int:
        """The size of the memory image."""

    @abstractmethod
    def inputs(self, shape: Shape, count: int, seed: int) -> Memories:
        """``count`` memory images: boundary values first, then random ones."""

    @abstractmethod
    def reference(self, shape: Shape, memories: Memories) -> Memories:
        """The memory images after the kernel, computed with numpy."""

    @abstractmethod
    def outputs(self, shape: Shape, category: str) -> Sequence[range]:
        """The memory words that count as output."""

    @abstractmethod
    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        """Emit the kernel's operations; ``knobs`` has a value for each declared knob."""

    def knobs(self, shape: Shape, category: str, machine: Machine) -> tuple[Knob, ...]:
        """The choices that a search may make."""
        return ()

    def rules(self, shape: Shape, category: str, machine: Machine) -> tuple[Rule, ...]:
        """What must hold between the knobs; searches and sweeps draw no settings that break a rule."""
        return ()

    def known_scores(self, shape: Shape, category: str) -> Mapping[str, int]:
        """Cycles reached elsewhere on ``takehome``, by who or what reached them.

        Pages show them for the problems that come with Slotsmith: to ask others, their code would have to be run.
        """
        return {}

    def exporters(self, machine: Machine) -> Mapping[str, Exporter]:
        """Forms in which a program for ``machine`` can be exported, besides JSON, by the name of the format."""
        return {}

    def default_shape(self) -> Shape:
        """Every parameter at its default."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    def sources(self) -> Sequence[Path]:
        """The files that define the problem: its module, or the modules of the package its module is in.

        Packages inside that one do not count: what is said there, of others' scores or of forms of export, may change
        without making entries those of another problem.
        """
        module = sys.modules[type(self).__module__]
        source = Path(inspect.getfile(type(self)))
        package = module.__package__ or ""
        own_package = package not in ("", "problems")
        return sorted(source.parent.glob("*.py")) if own_package else [source]

    def digest(self) -> str:
        """SHA-256 of the sources that define the problem; of a user's file, as it was when it was loaded."""
        module = sys.modules[type(self).__module__]
        loaded: str | None = getattr(module, LOADED_DIGEST, None)
        return digest_of({file.name: file.read_bytes() for file in self.sources()}) if loaded is None else loaded


LOADED_DIGEST = "__slotsmith_digest__"
"""Name of the attribute with which the loader marks the module of a user's file: the digest of what it ran."""


def digest_of(sources: Mapping[str, bytes]) -> str:
    """SHA-256 of source files: what they hold, by name, in order."""
    digest = hashlib.sha256()
    for name, content in sources.items():
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()


def parse_shape(problem: Problem, text: str) -> Shape:
    """The shape in ``name=value,...``; parameters left out keep their defaults.

    Raises:
        UserError: an unknown parameter, one that is given twice, or a value out of its range.
    """
    given: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = map(str.strip, part.partition("="))
        if not equals:
            raise UserError(f"shape '{text}': write it as {format_shape(problem.default_shape())}")
        if name in given:
            raise UserError(f"shape '{text}': '{name}' is given twice")
        given[name] = value
    return check_shape(problem, given)


def check_shape(problem: Problem, given: Mapping[str, Any]) -> Shape:
    """The shape with defaults filled in and every value checked.

    Raises:
        UserError: an unknown parameter, or a value out of its range.
    """
    known = [parameter.name for parameter in problem.parameters]
    for name in given:
        if name not in known:
            raise UserError(f"problem {problem.name} has no shape parameter '{name}': use {', '.join(known)}")
    shape = {}
    for parameter in problem.parameters:
        value = given.get(parameter.name, parameter.default)
        try:
            number = int(str(value))  # a number that is no integer is refused, not rounded
        except ValueError:
            raise UserError(f"shape parameter {parameter.name} must be an integer, not '{value}'") from None
        if number < parameter.minimum or (parameter.maximum is not None and number > parameter.maximum):
            limit = "" if parameter.maximum is None else f" and at most {parameter.maximum}"
            raise UserError(f"shape parameter {parameter.name} must be at least {parameter.minimum}{limit}")
        shape[parameter.name] = number
    return shape


def format_shape(shape: Shape) -> str:
    """``name=value,...``, as :func:`parse_shape` reads it."""
    return ",".join(f"{name}={value}" for name, value in shape.items())


def check_category(problem: Problem, category: str) -> str:
    """``category``, if the problem has it.

    Raises:
        UserError: it has not.
    """
    if category not in problem.categories:
        raise UserError(f"problem {problem.name} has no category '{category}': use {', '.join(problem.categories)}")
    return category


def resolve_knobs(knobs: Sequence[Knob], given: Mapping[str, str]) -> dict[str, int | str]:
    """The values of the knobs a user has set.

    Raises:
        UserError: an unknown knob, or a value out of its range.
    """
    by_name = {knob.name: knob for knob in knobs}
    for name in given:
        if name not in by_name:
            hint = did_you_mean(name, by_name) or ": `slotsmith knobs PROBLEM` lists them"
            raise UserError(f"unknown knob '{name}'{hint}")
    return {name: by_name[name].parse(str(value)) for name, value in given.items()}
