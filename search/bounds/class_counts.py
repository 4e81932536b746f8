"""What a counting model asks of a graph's classes of alike things."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.analysis.symmetry import Alike


class Classes:
    """A graph by its classes: sizes, representatives, and how many of one a member of another has to do with."""

    def __init__(self, flat: FlatGraph, alike: Alike) -> None:
        self.flat = flat
        self.alike = alike

    @cached_property
    def slots(self) -> dict[int, int]:
        """By class of slots, a slot that stands for it."""
        return _representatives(self.alike.slots)

    @cached_property
    def versions(self) -> dict[int, int]:
        """By class of versions, a version that stands for it."""
        return _representatives(self.alike.versions)

    @cached_property
    def buffers(self) -> dict[int, int]:
        """By class of buffers, a buffer that stands for it."""
        return _representatives(self.alike.buffers)

    @cached_property
    def operations(self) -> dict[int, int]:
        """By class of operations, an operation that stands for it."""
        return _representatives(self.alike.operations)

    @cached_property
    def sizes(self) -> Counter[int]:
        """By class, the number of its operations."""
        return Counter(self.alike.operations)

    @cached_property
    def buffer_sizes(self) -> Counter[int]:
        """By class, the number of its buffers."""
        return Counter(self.alike.buffers)

    @cached_property
    def readers(self) -> dict[int, list[int]]:
        """By version, the slots that read it, with repetition."""
        return _slots_by_version(self.flat.read_slots, self.flat.reads)

    @cached_property
    def writers(self) -> dict[int, list[int]]:
        """By version, the slots that write it."""
        return _slots_by_version(self.flat.write_slots, self.flat.writes)

    @cached_property
    def held(self) -> dict[int, list[int]]:
        """By buffer, the versions of its words."""
        found: dict[int, list[int]] = defaultdict(list)
        for version, word in enumerate(self.flat.version_words.tolist()):
            found[int(self.flat.word_buffers[word])].append(version)
        return found

    def owner(self, slot: int) -> tuple[int, int]:
        """The operation and implementation of a slot."""
        implementation = int(self.flat.slot_implementations[slot])
        return int(self.flat.implementation_operations[implementation]), implementation

    def most_by_operation(self, slots: list[int]) -> dict[int, int]:
        """Of these slots (one may come more than once), by class of operations, the most that can be chosen."""
        return self._by_operation(slots, max)

    def least_by_operation(self, slots: list[int]) -> dict[int, int]:
        """Of these slots, by class of operations, the least that can be chosen; 0 where some choice has none."""
        return self._by_operation(slots, min)

    def _by_operation(self, slots: list[int], extreme: Callable[[Iterable[int]], int]) -> dict[int, int]:
        by_operation: dict[int, Counter[int]] = defaultdict(Counter)
        for slot in slots:
            operation, implementation = self.owner(slot)
            by_operation[operation][implementation] += 1
        total: dict[int, int] = defaultdict(int)
        for operation, by_implementation in by_operation.items():
            starts = self.flat.operation_starts
            made = range(int(starts[operation]), int(starts[operation + 1]))
            total[self.alike.operations[operation]] += extreme(by_implementation[each] for each in made)
        return dict(total)

    def reads(self, slot: int) -> list[int]:
        """Versions that a slot reads."""
        return _items(self.flat.reads, self.flat.read_starts, slot)

    def writes(self, slot: int) -> list[int]:
        """Versions that a slot writes."""
        return _items(self.flat.writes, self.flat.write_starts, slot)

    def alike_versions(self, versions: Sequence[int], colour: int) -> int:
        """How many of these versions are of a class."""
        return sum(self.alike.versions[version] == colour for version in versions)

    def in_buffers(self, versions: Sequence[int], colour: int) -> int:
        """How many of these versions are held in buffers of a class."""
        flat, colours = self.flat, self.alike.buffers
        return sum(colours[int(flat.word_buffers[flat.version_words[version]])] == colour for version in versions)

    def of_operations(self, slots: Iterable[int], colour: int) -> list[int]:
        """The slots that stand for the classes of slots in operations of a class."""
        mine = {self.alike.slots[slot] for slot in slots if self.alike.operations[self.owner(slot)[0]] == colour}
        return [self.slots[each] for each in sorted(mine)]

    def is_only(self, slot: int) -> bool:
        """Whether a slot's operation has no other implementation."""
        operation, _ = self.owner(slot)
        return int(self.flat.operation_starts[operation + 1] - self.flat.operation_starts[operation]) == 1


def _items(items: Ints, starts: Ints, owner: int) -> list[int]:
    found: list[int] = items[starts[owner] : starts[owner + 1]].tolist()
    return found


def _representatives(colours: Sequence[int]) -> dict[int, int]:
    """By class, its first member."""
    return {colour: member for member, colour in reversed(list(enumerate(colours)))}


def _slots_by_version(slots: Ints, versions: Ints) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for slot, version in zip(slots.tolist(), versions.tolist(), strict=True):
        found[version].append(slot)
    return found
