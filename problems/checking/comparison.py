"""A kernel against its reference: the first difference, who wrote it, and a small input that shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from machine.errors import GraphError, KernelError
from machine.graph.execute import NOBODY, ExecutionError, trace_execution
from machine.graph.operation import Graph
from machine.model import Machine
from machine.words import WORD_MASK
from problems.checking.traced_kernel import TracedKernel
from problems.checking.users_code import at_line, users_file
from problems.knobs import KnobSettings
from problems.language.array_kernel import ArrayKernel
from problems.language.declarations import Placed, Use, lay_out
from problems.language.inputs import allowed_image
from problems.language.lane_places import Place, mistake
from problems.problem import Memories, Problem, Shape
from problems.rules import require_rules

MOST_TRIES = 300
"""Executions spent on making an input small."""

SHOWN_WORDS = 6


@dataclass(frozen=True)
class Built:
    """A kernel's graph, and the line that made each operation."""

    problem: Problem
    shape: Shape
    category: str
    graph: Graph
    places: list[Place]

    @property
    def start(self) -> Place:
        """Where the kernel begins."""
        owner = type(self.problem)
        function = owner.kernel if issubclass(owner, ArrayKernel) else owner.build
        return Place(function.__code__.co_filename, function.__code__.co_firstlineno)


@dataclass(frozen=True, slots=True)
class Difference:
    """A word of memory that is otherwise than in the reference.

    ``writer`` is the operation of the graph that wrote it; ``None`` where numpy did.
    """

    word: int
    found: int
    wanted: int
    writer: int | None


def build_traced(problem: Problem, shape: Shape, category: str, machine: Machine, knobs: KnobSettings) -> Built:
    """Build the kernel's graph.

    Raises:
        RuleError: the knobs break a rule of the problem.
        KernelError: a mistake that the language finds.
        GraphError: one that the builder finds.
    """
    require_rules(problem.rules(shape, category, machine), knobs)
    kernel = TracedKernel(machine, problem.memory_words(shape), users_file(problem))
    problem.build(kernel, shape, category, knobs)
    return Built(problem, shape, category, kernel.graph(), kernel.places)


def compare(built: Built, memories: Memories) -> None:
    """Run the graph on memory images and compare with the reference.

    Raises:
        KernelError: they differ, or an operation cannot be carried out; names its line.
    """
    wanted = built.problem.reference(built.shape, memories.copy())
    for memory, final in zip(memories, wanted, strict=True):
        try:
            difference = _difference(built, memory, final)
        except ExecutionError as error:
            raise at_line(error, built.places[error.operation]) from None
        if difference is not None:
            small = _smaller(built, memory, difference.word)
            again = _difference(built, small, _reference(built, small))
            raise _explained(built, small, again or difference)


def _reference(built: Built, memory: Memories) -> Memories:
    final: Memories = built.problem.reference(built.shape, memory[None, :].copy())[0]
    return final


def _difference(built: Built, memory: Memories, wanted: Memories) -> Difference | None:
    execution = trace_execution(built.graph, memory.tolist())
    for words in built.problem.outputs(built.shape, built.category):
        for word in words:
            if execution.memory[word] != int(wanted[word]):
                return Difference(word, execution.memory[word], int(wanted[word]), execution.writers[word])
    return None


def _smaller(built: Built, memory: Memories, word: int) -> Memories:
    """An allowed input that still shows the difference: as many words 0 as can be, the others as small as can be."""

    def shows(candidate: Memories) -> bool:
        try:
            with np.errstate(all="ignore"):
                found = _difference(built, candidate, _reference(built, candidate))
        except (GraphError, ArithmeticError, LookupError, ValueError):
            return False
        return found is not None and found.word == word

    small, tries = memory.copy(), 0
    for words, most in _reductions(len(memory)):
        candidate = small.copy()
        candidate[words] = np.minimum(candidate[words], most)
        candidate = _allowed(built, candidate)
        if tries < MOST_TRIES and (candidate != small).any():
            tries += 1
            small = candidate if shows(candidate) else small
    return small


def _allowed(built: Built, memory: Memories) -> Memories:
    """The input, or one near it that the declarations allow; of a problem without declarations, the input."""
    arrays = _arrays(built)
    return allowed_image(arrays, memory) if arrays else memory


def _reductions(count: int) -> Iterator[tuple[slice, np.uint32]]:
    """Words, and what they may be at most: many words at once before few, 0 before small numbers."""
    size = count
    while size:
        yield from ((slice(start, start + size), np.uint32(0)) for start in range(0, count, size))
        size //= 2
    for most in (1, 2, 255):
        yield from ((slice(word, word + 1), np.uint32(most)) for word in range(count))


def _explained(built: Built, memory: Memories, difference: Difference) -> KernelError:
    place, by = built.start, "no operation writes it"
    if difference.writer is None:
        by = "found by the kernel on numpy"
    elif difference.writer != NOBODY:
        place = built.places[difference.writer]
        by = f"operation {difference.writer}, {built.graph.operations[difference.writer].name}, writes it"
    return mistake(
        f"{_name_of(built, difference.word)} is {difference.found} and the reference gives {difference.wanted}; {by}",
        f"on the input {_shown(built, memory)}",
        right=_right(built, memory, difference),
        place=place,
    )


def _right(built: Built, memory: Memories, difference: Difference) -> str:
    """What is to hold: of the machine's own opcodes, where the kernel is right without them."""
    own = _own_opcodes(built.graph)
    if own and isinstance(built.problem, ArrayKernel) and difference.writer is not None:
        on_numpy = _on_numpy(built, memory[None, :])[0]
        if int(on_numpy[difference.word]) == difference.wanted:
            return f"{' and '.join(own)} as in otherwise=, with which kernel and reference agree on numpy"
    return "kernel and reference agree on every input"


def _own_opcodes(graph: Graph) -> list[str]:
    """The opcodes of the machine's own by which operations may be done."""
    done_by = (each for operation in graph.operations for each in operation.implementations)
    opcodes = (run.opcode for implementation in done_by for run in implementation.runs)
    return list(dict.fromkeys(opcode.name for opcode in opcodes if opcode.definition is not None))


def _name_of(built: Built, word: int) -> str:
    for name, array in _arrays(built).items():
        if word in array.words:
            numbers = np.unravel_index(word - array.start, array.lengths)
            return f"{name}[{', '.join(str(int(number)) for number in numbers)}]"
    return f"memory word {word}"


def _arrays(built: Built) -> Mapping[str, Placed]:
    """Where the problem's arrays are, by name; none of a problem without declarations."""
    problem = built.problem
    return lay_out(problem.arrays, built.shape) if isinstance(problem, ArrayKernel) else {}


def _shown(built: Built, memory: Memories) -> str:
    """The words that are not as small as they may be."""
    least = _allowed(built, np.zeros_like(memory))
    others = "as small as they may be" if _has_least(built) else "0"
    larger = [f"{_name_of(built, int(word))} = {memory[word]}" for word in np.flatnonzero(memory != least)]
    if not larger:
        return "of zeros" if others == "0" else f"of words {others}"
    more = f", {len(larger) - SHOWN_WORDS} more" if len(larger) > SHOWN_WORDS else ""
    return f"{', '.join(larger[:SHOWN_WORDS])}{more}, all others {others}"


def _has_least(built: Built) -> bool:
    """Whether some words of the input may not be 0, besides those that are always the same."""
    return any(array.fixed is None and array.least > 0 for array in _arrays(built).values())


def compare_numpy(built: Built, memories: Memories) -> None:
    """Run a kernel of the language on numpy and compare with the reference.

    Raises:
        KernelError: they differ.
    """
    found, wanted = _on_numpy(built, memories), built.problem.reference(built.shape, memories.copy())
    place = _first_unequal(built, found, wanted)
    if place is not None:
        number, word = place
        difference = Difference(word, int(found[number, word]), int(wanted[number, word]), None)
        raise _explained(built, memories[number], difference)


def compare_parts(built: Built, memories: Memories) -> None:
    """Run a kernel of the language on numpy with all indices of a loop together, and in two parts: as machines differ.

    Raises:
        KernelError: the results differ, as where a variable of Python's counts vectors.
    """
    whole, halves = _on_numpy(built, memories), _on_numpy(built, memories, parts=2)
    place = _first_unequal(built, whole, halves)
    if place is not None:
        number, word = place
        raise mistake(
            f"{_name_of(built, word)} depends on how many indices of a loop are computed together: "
            f"{whole[number, word]} if all are, {halves[number, word]} if half of them",
            right="k.total for what is counted; what Python changes in k.range changes once for each vector",
            place=built.start,
        )


def compare_starts(built: Built, memories: Memories) -> None:
    """Run a kernel of the language on numpy with other words at the start in an array that it is only to write.

    Words that the kernel leaves alone may differ: they are as they were.

    Raises:
        KernelError: a word that it stores differs.
    """
    found = _on_numpy(built, memories)
    for name, array in _arrays(built).items():
        if array.use is not Use.OUTPUT:
            continue
        others = memories.copy()
        others[:, array.words.start : array.words.stop] ^= np.uint32(WORD_MASK)
        again = _on_numpy(built, others)
        left_alone = (found == memories) & (again == others)
        place = _first_unequal(built, found, np.where(left_alone, found, again))
        if place is not None:
            raise mistake(
                f"{_name_of(built, place[1])} depends on what {name} holds at the start, which is anything",
                right=f"{name} = updated(...), or a store to its words before they are loaded",
                place=built.start,
            )


def _on_numpy(built: Built, memories: Memories, parts: int = 1) -> Memories:
    """What a kernel of the language leaves in memory, its loops taken in so many parts."""
    assert isinstance(built.problem, ArrayKernel)
    return built.problem.on_numpy(built.shape, memories.copy(), {}, parts)


def _first_unequal(built: Built, left: Memories, right: Memories) -> tuple[int, int] | None:
    """The image and the word of the first output that is not the same; ``None`` if all are."""
    for words in built.problem.outputs(built.shape, built.category):
        part = slice(words.start, words.stop)
        for number, word in np.argwhere(left[:, part] != right[:, part])[:1]:
            return int(number), words.start + int(word)
    return None
