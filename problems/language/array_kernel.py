"""A problem written in the kernel language: everything but the kernel itself follows from declarations."""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from pathlib import Path
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from machine.errors import UserError
from machine.graph.builder import Kernel
from machine.model import Machine
from problems.knobs import ChoiceKnob, Knob, KnobSettings, default_settings
from problems.language.code import Code
from problems.language.declarations import ArrayDeclaration, Choice, Placed, Size, Use, lay_out
from problems.language.graph_backend import KNOBS, GraphBackend
from problems.language.inputs import memory_images
from problems.language.lane_places import Place, here, mistake
from problems.language.numpy_backend import NumpyBackend
from problems.language.restrictions import OF_SEARCHES, require_restrictions
from problems.language.sizes_of import sizes_of
from problems.language.values import describe
from problems.problem import Memories, Problem, Shape, ShapeParameter, check_shape
from problems.rules import Rule, require_rules

TAKEN: Mapping[str, str] = {
    **dict.fromkeys(("name", "summary", "parameters"), "a part of every kernel"),
    "self": "the kernel itself",
    "k": "the first parameter of kernel",
    "lanes": "how many lanes the machine has",
}
"""Names that no size, array or choice may have, besides those of methods; what they are."""


class ArrayKernel(Problem):
    """A problem given by sizes, arrays and a method ``kernel``; attributes of the class declare them.

    ``kernel(self, k, ...)`` takes a :class:`~problems.language.code.Code` and, by name, whatever sizes, arrays and
    choices it uses.  ``expected(self, ...)``, if there is one, takes sizes and arrays (numpy, of one memory image, read
    only) and gives the outputs: an array if there is one output, else a mapping or a tuple in the order of declaration.
    Without it the kernel itself, run on numpy, is the reference.

    Attributes:
        restrictions: rules between knobs, or on sizes and ``lanes``, as texts: ``"n % lanes == 0"``.
    """

    sizes: ClassVar[Mapping[str, Size]] = {}
    arrays: ClassVar[Mapping[str, ArrayDeclaration]] = {}
    choices: ClassVar[Mapping[str, Choice]] = {}
    restrictions: ClassVar[tuple[str, ...]] = ()
    _declared_at: ClassVar[Place | None] = None

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        cls._declared_at = here()
        declared = {name: value for owner in reversed(cls.__mro__) for name, value in vars(owner).items()}
        cls.sizes = {name: value for name, value in declared.items() if isinstance(value, Size)}
        cls.arrays = {name: value for name, value in declared.items() if isinstance(value, ArrayDeclaration)}
        cls.choices = {name: value for name, value in declared.items() if isinstance(value, Choice)}
        _require_methods(vars(cls), cls._declared_at)
        _require_free_names(cls.choices, [*cls.sizes, *cls.arrays, *cls.choices], cls._declared_at)
        if cls.knobs is ArrayKernel.knobs:
            names = {*cls.sizes, *cls.choices, *KNOBS, "lanes"}
            require_restrictions(cls.restrictions, names, cls.arrays, cls._declared_at)
        cls.parameters = tuple(
            ShapeParameter(name, size.least, size.most, size.default, size.summary or name)
            for name, size in cls.sizes.items()
        )
        if "name" not in vars(cls):
            cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        if "summary" not in vars(cls):
            cls.summary = (cls.__doc__ or cls.__name__).strip().splitlines()[0].rstrip(".")

    def kernel(self, *arguments: Any, **named: Any) -> None:
        """What to compute; every class has a method of its own."""
        name, place = type(self).__name__, self._declared_at
        raise mistake(f"class {name} has no kernel", right="a method kernel(self, k, ...)", place=place)

    expected: ClassVar[Any] = None

    # Direct use

    def run(self, **given: Any) -> dict[str, np.ndarray[Any, Any]]:
        """Run the kernel on numpy arrays and give its outputs; sizes follow from lengths, or are given by name.

        Outputs that are not given begin as zeros.

        Raises:
            UserError: an array is missing, unknown, or of a wrong length or type.
            KernelError: a mistake in the kernel.
        """
        sizes = sizes_of(self.sizes, self.arrays, given)
        shape = check_shape(self, sizes)
        by_default = [name for name in self.sizes if name not in sizes]
        note = "".join(f"; {name} is {shape[name]} unless run({name}=...) says otherwise" for name in by_default)
        placed = lay_out(self.arrays, shape)
        memory = self.inputs(shape, 1, seed=0)
        for name, array in placed.items():
            if name in given:
                memory[0, array.words.start : array.words.stop] = _as_words(name, given[name], array.lengths, note)
            elif array.use is Use.OUTPUT:
                memory[0, array.words.start : array.words.stop] = 0
            elif array.fixed is None:
                raise UserError(f"array {name} is missing: {type(self).__name__}().run({name}=...)")
        self.on_numpy(shape, memory, {})
        return {name: _part(memory[0], array) for name, array in placed.items() if array.use is not Use.INPUT}

    def on_numpy(self, shape: Shape, memories: Memories, settings: KnobSettings, parts: int = 1) -> Memories:
        """Run the kernel on memory images, which are changed and given back; its loops in so many parts."""
        with np.errstate(over="ignore"):
            self._call(Code(NumpyBackend(memories, parts)), shape, settings)
        return memories

    # What a problem is

    def memory_words(self, shape: Shape) -> int:
        placed = lay_out(self.arrays, shape)
        return max((array.words.stop for array in placed.values()), default=0)

    def inputs(self, shape: Shape, count: int, seed: int) -> Memories:
        return memory_images(lay_out(self.arrays, shape), count, seed)

    def outputs(self, shape: Shape, category: str) -> Sequence[range]:
        return [array.words for array in lay_out(self.arrays, shape).values() if array.use is not Use.INPUT]

    def reference(self, shape: Shape, memories: Memories) -> Memories:
        final = memories.copy()
        if self.expected is None:
            return self.on_numpy(shape, final, {})
        for image, memory in zip(final, memories, strict=True):
            self._expect(shape, memory, image)
        return final

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        self._require_shape(shape, kernel.machine)
        self._emit(kernel, shape, knobs)

    def knobs(self, shape: Shape, category: str, machine: Machine) -> tuple[Knob, ...]:
        """The kernel's own choices, and those that follow from its loops and loads."""
        self._require_shape(shape, machine)
        own = [ChoiceKnob(name, each.names[0], each.summary or name, each.names) for name, each in self.choices.items()]
        code, backend = self._emit(Kernel(machine, self.memory_words(shape)), shape, default_settings(own))
        of_loops = [knob for loop in code.loops.values() for knob in loop.knobs(machine.vector_length)]
        found: list[Knob] = [*own, *of_loops]
        if of_loops:  # as they are by default, the others may have less to choose
            _, backend = self._emit(Kernel(machine, self.memory_words(shape)), shape, default_settings(found))
        return (*found, *backend.knobs())

    def rules(self, shape: Shape, category: str, machine: Machine) -> tuple[Rule, ...]:
        known = {**shape, "lanes": machine.vector_length}
        return tuple(Rule(text, known) for text in self.restrictions)

    def _require_shape(self, shape: Shape, machine: Machine) -> None:
        """Check the shape against the machine.

        Raises:
            UserError: a size is no multiple of the lanes where it must be one.
            RuleError: a restriction that is about no knob does not hold.
        """
        lanes = machine.vector_length
        for name, size in self.sizes.items():
            if size.whole and shape[name] % lanes:
                raise UserError(f"{name}={shape[name]} is no multiple of the {lanes} lanes of {machine.name}")
        require_rules([rule for rule in self.rules(shape, self.categories[0], machine) if not rule.names], {})

    def sources(self) -> Sequence[Path]:
        return [Path(inspect.getfile(type(self)))]

    # Calls of the user's functions

    def _emit(self, kernel: Kernel, shape: Shape, settings: KnobSettings) -> tuple[Code, GraphBackend]:
        backend = GraphBackend(kernel, lay_out(self.arrays, shape), settings)
        code = Code(backend)
        self._call(code, shape, settings)
        return code, backend

    def _call(self, code: Code, shape: Shape, settings: KnobSettings) -> None:
        arrays = {name: code.array(array) for name, array in lay_out(self.arrays, shape).items()}
        chosen = {name: settings.get(name, each.names[0]) for name, each in self.choices.items()}
        known = {**shape, **arrays, **chosen}
        if type(self).kernel is ArrayKernel.kernel:
            self.kernel()
        first, *names = self._parameters(self.kernel, ["k", *known])
        self.kernel(**{first: code}, **{name: known[name] for name in names})
        self._require_whole(code)

    def _require_whole(self, code: Code) -> None:
        """Check that a call of ``kernel`` has run its loops to their ends and stored to what is written.

        What is updated may stay as it was where something else is stored.

        Raises:
            KernelError: it has not.
        """
        if code.left is not None:
            right = "no break or return in the loop: its indices are independent, and all are computed"
            raise mistake("a loop of k.range is left before its end", right=right, place=code.left)
        for name, array in self.arrays.items():
            may_stay = array.use is Use.INPUT or (array.use is Use.BOTH and code.stored)
            if name not in code.stored and not may_stay:
                what = f"kernel stores nothing to {name}, which is {'updated' if array.use is Use.BOTH else 'written'}"
                right = f"{name}[...] = ... in kernel, or {name} = read(...)"
                empty = [loop.place.line for loop in code.loops.values() if not any(loop.sizes)]
                if empty:
                    what += f"; the loop in line {empty[0]} has no indices at this shape"
                    right = "a size that leaves it some, as in Size(..., least=2), or a store outside"
                raise mistake(what, right=right, place=self._place(self.kernel))

    def _expect(self, shape: Shape, memory: Memories, image: Memories) -> None:
        """Put what the user's reference gives for a memory image into another."""
        placed = lay_out(self.arrays, shape)
        arrays = {name: _read_only(memory, array) for name, array in placed.items()}
        known = {**shape, **arrays}
        with np.errstate(over="ignore"):
            given = self.expected(**{name: known[name] for name in self._parameters(self.expected, known)})
        outputs = {name: array for name, array in placed.items() if array.use is not Use.INPUT}
        for name, words in self._named(given, list(outputs)).items():
            array = outputs[name]
            image[array.words.start : array.words.stop] = _as_words(
                f"{name} of expected", words, array.lengths, place=self._place(self.expected)
            )

    def _named(self, given: Any, outputs: list[str]) -> Mapping[str, Any]:
        """Outputs by name."""
        if given is None:
            right, place = f"return {', '.join(outputs)}", self._place(self.expected)
            raise mistake("expected gives nothing", right=right, place=place)
        if not isinstance(given, Mapping):
            several = given if isinstance(given, tuple) else (given,)
            given = dict(zip(outputs, several, strict=False)) if len(several) == len(outputs) else {}
        if given.keys() != set(outputs):
            place = self._place(self.expected)
            raise mistake("expected does not give the outputs", right=f"return {', '.join(outputs)}", place=place)
        named: Mapping[str, Any] = given
        return named

    def _parameters(self, function: Any, known: Sequence[str] | Mapping[str, Any]) -> list[str]:
        own = list(inspect.signature(function.__func__).parameters)
        if not own or own[0] in known:
            right = f"def {function.__name__}({', '.join(['self', *own])})"
            raise mistake(f"{function.__name__} does not take self first", right=right, place=self._place(function))
        parameters = inspect.signature(function).parameters
        if any(each.kind is each.POSITIONAL_ONLY for each in parameters.values()):
            wrong, right = f"{function.__name__} has a / among its parameters", "none: arguments are given by name"
            raise mistake(wrong, right=right, place=self._place(function))
        names = list(parameters)
        unknown = [name for name in names if name not in known]
        if unknown or (function == self.kernel and names[:1] != ["k"]):
            raise mistake(
                f"{function.__name__} has a parameter {unknown[0]} that nothing declares"
                if unknown
                else "kernel takes k first",
                right=f"parameters among {', '.join(known)}",
                place=self._place(function),
            )
        return names

    def _place(self, function: Any) -> Place:
        code = function.__func__.__code__
        return Place(code.co_filename, code.co_firstlineno)


def _require_methods(members: Mapping[str, Any], place: Place | None) -> None:
    """Check that what a class has under the names of methods are methods; ``expected`` may be ``None``.

    Raises:
        KernelError: one is something else: a number, a static method.
    """
    for name in ("kernel", "expected"):
        member = members.get(name)
        if member is not None and not isinstance(member, FunctionType):
            wrong = f"{name} is {describe(member)}"
            raise mistake(wrong, right=f"a method: def {name}(self, ...)", place=place)


def _require_free_names(choices: Iterable[str], declared: Iterable[str], place: Place | None) -> None:
    """Check that what is declared takes no name that means something else.

    Raises:
        KernelError: a name is taken.
    """
    for name in (KNOBS | OF_SEARCHES) & set(choices):
        raise mistake(f"choice {name} has the name of a knob that there is anyway", right="another name", place=place)
    taken = {**dict.fromkeys(dir(ArrayKernel), "a part of every kernel"), **TAKEN}
    for name in declared:
        if name in taken:
            wrong = f"no size, array or choice can be named {name}: that is {taken[name]}"
            raise mistake(wrong, right="another name", place=place)


def _part(memory: Memories, array: Placed) -> Memories:
    return memory[array.words.start : array.words.stop].reshape(array.lengths)


def _read_only(memory: Memories, array: Placed) -> Memories:
    part = _part(memory, array).view()
    part.flags.writeable = False
    return part


def _as_words(
    name: str, given: Any, lengths: tuple[int, ...], note: str = "", place: Place | None = None
) -> np.ndarray[Any, np.dtype[np.uint32]]:
    """Integers as words, one after the other; the note is for who gives another number of them.

    Raises:
        KernelError: they have other lengths, or are no integers.
    """
    count = prod(lengths)
    right = f"{count} integers"
    try:
        found = np.asarray(given)
    except ValueError:  # lists of several lengths
        raise mistake(f"{name} is no array", right=right, place=place) from None
    if found.dtype.kind not in "iub":
        raise mistake(f"{name} is of type {found.dtype}", right=f"{right}, as in .astype(np.uint32)", place=place)
    if found.size != count:
        raise mistake(f"{name} has {found.size} words, shape {found.shape}", right=f"{right}{note}", place=place)
    if found.ndim == len(lengths) and found.shape != lengths:
        raise mistake(f"{name} has shape {found.shape}", right=f"shape {lengths}", place=place)
    return found.reshape(-1).astype(np.uint32)
