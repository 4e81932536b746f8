"""What a group costs, by engine: enough to say which engine binds, and so what defaults suit a shape.

The costs of a level, as compute operations (a valu slot, or a lane slot of alu for each lane), selects and loads:

* each round: 11 for the hash and the node, 1 for the path bit, but not at the leaves;
* by selects: ``2^level - 1`` selects;
* a record: a load for each walker, (1, 1) for an address in a folded table, but ``2^(level - 2)`` selects in the first
  of a chain; in a natural one (1, 3), or (1, 2) and a load where it comes from a pointer;
* the child of a record: 2 selects;
* a gather of nodes as they are: a load for each walker, 1 to decode, (1, 0) for the address, (1, 3) for the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from machine.model import Machine
from problems.tree_hash.layout import Layout
from problems.tree_hash.record_tables import Arrangement

_HASH_AND_NODE = 11


@dataclass(frozen=True, slots=True)
class Work:
    """Compute operations on vectors, selects, and loads."""

    compute: int = 0
    selects: int = 0
    loads: int = 0

    def __add__(self, other: "Work") -> "Work":
        return Work(self.compute + other.compute, self.selects + other.selects, self.loads + other.loads)

    def __rmul__(self, times: int) -> "Work":
        return Work(times * self.compute, times * self.selects, times * self.loads)

    def cycles(self, machine: Machine) -> tuple[float, float, float]:
        """Cycles that compute, flow and load are busy with this work."""
        compute, flow, load = _slots_a_cycle(machine)
        return self.compute / compute, self.selects / flow, self.loads / load

    def balanced(self, machine: Machine, movable: int) -> float:
        """Cycles that the busiest of them is busy, where so many selects may be computed instead."""
        compute, flow, load = _slots_a_cycle(machine)
        even = (compute * self.selects - flow * self.compute) / (compute + flow)
        moved = min(max(even, 0.0), float(movable))
        return max((self.compute + moved) / compute, (self.selects - moved) / flow, self.loads / load)


def _slots_a_cycle(machine: Machine) -> tuple[float, float, float]:
    """Vectors that can be computed, selected and loaded in a cycle; 1 where there is no engine for it."""
    compute = _slots(machine, "+", vector=True) + _slots(machine, "+", vector=False) / machine.vector_length
    return max(compute, 1), max(_slots(machine, "vselect"), 1), max(_slots(machine, "load"), 1)


def _slots(machine: Machine, opcode: str, *, vector: bool | None = None) -> int:
    """Slots of the engines that have an opcode, on vectors or on words."""
    names = {found.engine for found in machine.having(opcode, vector=vector)}
    return sum(engine.slots for engine in machine.scored_engines if engine.name in names)


_SELECTS_OF_CHILDREN = 2
"""Those of even lanes, and those of odd ones."""

_BROADCASTS = 35
"""Vectors of constants and of nodes, about."""


def work_of_tables(tables: Mapping[int, Arrangement], vector_length: int) -> Work:
    """The work of building tables, a lane for each word, and of the constants that all groups share."""
    words = sum(3 * 2**top for top in tables)
    return Work(compute=_BROADCASTS + words // vector_length, loads=words // vector_length)


def work_of_group(layout: Layout, tables: Mapping[int, Arrangement], vector_length: int, *, with_indices: bool) -> Work:
    """The work of one group that uses ``tables`` and selects above the first of them."""
    work = Work(compute=1)  # the result is decoded
    if with_indices and layout.level_of_round(layout.rounds) > 0:
        work += Work(compute=2, selects=2, loads=1)
    for number in range(layout.rounds):
        level = layout.level_of_round(number)
        has_bit = level < layout.height and number < layout.rounds - 1
        work += Work(_HASH_AND_NODE + has_bit) + _work_of_node(level, tables, vector_length)
    return work


def _work_of_node(level: int, tables: Mapping[int, Arrangement], vector_length: int) -> Work:
    folded = [top for top, arrangement in tables.items() if arrangement is Arrangement.FOLDED]
    if level == 0:
        return Work()
    if level in folded:
        selects = 2 ** (level - 2) if level == folded[0] else 1
        return Work(1, selects, vector_length)
    if level in tables:
        return Work(1, 2, vector_length + 1) if level - 2 in folded else Work(1, 3, vector_length)
    if level - 1 in tables:
        return Work(0, _SELECTS_OF_CHILDREN, 0)
    if any(top < level for top in tables):
        return Work(2, 3 if level - 2 in tables else 0, vector_length)
    return Work(0, 2**level - 1, 0)


_WORTH = 1.01
"""By how much selects must be better than records: they take more scratch."""


def groups_to_select(work: Work, groups: int, top: int, machine: Machine) -> int:
    """Groups that had better select levels ``top`` and ``top + 1`` in the first pass than load their records.

    Where loads bind, each of them spares a load a walker, for selects of which the first may be computed.

    Args:
        work: of everything, where all groups load them.
        groups: how many there are.
        top: the level of the records' nodes.
        machine: which engines there are.
    """
    nodes = 3 * 2**top
    of_group = Work(selects=nodes - 2 - _SELECTS_OF_CHILDREN, loads=-machine.vector_length)
    vectors = Work(compute=nodes)

    def cycles(selecting: int) -> float:
        return (work + selecting * of_group + vectors).balanced(machine, selecting * nodes // 2)

    best = min(range(1, groups + 1), key=cycles)
    return best if _WORTH * cycles(best) < work.balanced(machine, 0) else 0
