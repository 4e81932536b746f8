"""What the knobs of ``tree_hash`` decide: how each round finds its nodes, and the order in which rounds are emitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from machine.model import Machine
from problems.knobs import ChoiceKnob, GroupsKnob, IntegerKnob, Knob, KnobSettings, chosen_groups
from problems.tree_hash.layout import Layout

SEPARATE_PASSES = 3
"""Passes over the tree with service knobs of their own; the last of them also serves all later ones."""

MOVABLE_OPERATIONS = {
    "node": "XOR of the value with its node",
    "mix": "the two XORs and the shift of stage 1",
    "join": "the XOR of the joined stages 2 and 3",
    "last": "the shift and the XOR of stage 5",
    "decode": "the XOR with stage 5's constant, where a node is not encoded",
    "parity": "the AND that takes the path bit",
    "step": "the subtraction that steps an address by a path bit",
    "encode": "the XOR that encodes nodes",
}
"""Operations that an alu implementation may take off the valu engine."""


class Service(Enum):
    """How a round's nodes reach the walkers of a group.

    A level with records (a node and its children in one load) will be a third way.
    """

    SELECT = "select"
    GATHER = "gather"


@dataclass(frozen=True, slots=True)
class Visit:
    """One round of one group."""

    group: int
    round: int


@dataclass(frozen=True)
class Plan:
    """The knobs' meaning for one layout and vector length.

    Attributes:
        layout: the shape.
        groups: how many vectors of walkers there are, a last one that is not full included.
        selecting: groups that select, by (pass, level); the others gather.
        encoded_levels: nodes of levels below this are encoded in place where they are gathered.
        leaf_selects: by level, which implementations the first selects on table nodes have.
        paired_steps: whether addresses take two path bits at a time where they can.
        movable: operations that may leave valu.
        reload_addresses: whether the address of a group's values is loaded again for the store.
        groups_in_flight, batch_grouping, unroll, stagger: the emission order, see :meth:`visits`; the first is a
            multiple of the second.
    """

    layout: Layout
    groups: int
    selecting: Mapping[tuple[int, int], frozenset[int]]
    encoded_levels: int
    leaf_selects: Mapping[int, str]
    paired_steps: bool
    movable: frozenset[str]
    reload_addresses: bool
    groups_in_flight: int
    batch_grouping: int
    unroll: int
    stagger: int

    def service(self, visit: Visit) -> Service:
        """How the nodes of a visit reach the walkers."""
        level = self.layout.level_of_round(visit.round)
        if level == 0:
            return Service.SELECT
        visited = min(self.layout.pass_of_round(visit.round), SEPARATE_PASSES - 1)
        return Service.SELECT if visit.group in self.selecting[visited, level] else Service.GATHER

    def visits(self) -> list[list[Visit]]:
        """The emission order, as chunks: ``unroll`` rounds of the ``batch_grouping`` groups of a batch in lockstep.

        Batches start ``stagger`` rounds apart, or later where otherwise more than ``groups_in_flight`` groups would
        be between their first and last round.
        """
        rounds = self.layout.rounds
        together = self.groups_in_flight // self.batch_grouping
        starts: list[int] = []
        for batch in range(-(-self.groups // self.batch_grouping)):
            earliest = batch * self.stagger
            starts.append(max(earliest, starts[batch - together] + rounds) if batch >= together else earliest)
        chunks = [
            (start + first, batch, first)
            for batch, start in enumerate(starts)
            for first in range(0, rounds, self.unroll)
        ]
        return [self._chunk(batch, first) for _, batch, first in sorted(chunks)]

    def _chunk(self, batch: int, first: int) -> list[Visit]:
        groups = range(batch * self.batch_grouping, min((batch + 1) * self.batch_grouping, self.groups))
        rounds = range(first, min(first + self.unroll, self.layout.rounds))
        return [Visit(group, round_number) for round_number in rounds for group in groups]


def _passes(layout: Layout) -> range:
    return range(min(layout.pass_of_round(layout.rounds - 1) + 1, SEPARATE_PASSES))


def _levels(layout: Layout, visited: int) -> range:
    """Levels below the root that a pass visits."""
    rounds_left = layout.rounds - visited * (layout.height + 1)
    return range(1, min(layout.height + 1, rounds_left))


def _highest_selectable(layout: Layout, machine: Machine) -> int:
    """The deepest level whose nodes, and those above it, fit half the scratch as vectors."""
    level = 0
    while (2 ** (level + 2) - 1) * machine.vector_length <= machine.scratch_words // 2:
        level += 1
    return min(level, layout.height)


def _default_selecting(visited: int, level: int, groups: int) -> str:
    """Short levels by selects; level 4, about as dear either way, by half the groups, and by all in later passes."""
    if level <= 3 or (level == 4 and visited > 0):
        return "all"
    return f"even:{groups // 2}" if level == 4 else "none"


def declare_knobs(layout: Layout, machine: Machine) -> tuple[Knob, ...]:
    """The knobs of ``tree_hash`` for a layout and machine."""
    groups = -(-layout.batch // machine.vector_length)
    selectable = _highest_selectable(layout, machine)
    knobs: list[Knob] = []
    for visited in _passes(layout):
        for level in _levels(layout, visited):
            if level <= selectable:
                default = _default_selecting(visited, level, groups)
                summary = f"groups that find level {level} by selects in pass {visited}; the others gather"
                knobs.append(GroupsKnob(f"select.{visited}.{level}", default, summary, groups))
    for level in range(1, min(selectable, layout.height, layout.rounds - 1) + 1):
        summary = f"engines of the first selects on the nodes of level {level}"
        knobs.append(ChoiceKnob(f"leaf.{level}", "either", summary, ("flow", "multiply_add", "either")))
    deepest = min(layout.height, layout.rounds - 1)
    # More than fit at some nine vectors each only load their values early, and take the scratch from those at work.
    in_flight = min(groups, max(1, machine.scratch_words // (9 * machine.vector_length)))
    knobs += [
        IntegerKnob("encode", min(8, deepest + 1), "gathered levels below this are encoded in place", 0, deepest + 1),
        ChoiceKnob("address.steps", "single", "path bits an address takes at a time", ("single", "paired")),
        ChoiceKnob("address.values", "keep", "address of a group's values between load and store", ("keep", "reload")),
    ]
    for name, summary in MOVABLE_OPERATIONS.items():
        knobs.append(ChoiceKnob(f"alu.{name}", "yes", f"may leave valu: {summary}", ("yes", "no")))
    knobs += [
        IntegerKnob("groups_in_flight", in_flight, "groups between their first and last round", 1, groups),
        IntegerKnob("batch_grouping", 1, "groups that move in lockstep", 1, min(groups, 8)),
        IntegerKnob("unroll", layout.rounds, "rounds of a batch emitted before the next batch's", 1, layout.rounds),
        IntegerKnob("stagger", layout.rounds, "rounds between the starts of neighbouring batches", 0, layout.rounds),
    ]
    return tuple(knobs)


def make_plan(layout: Layout, machine: Machine, knobs: KnobSettings) -> Plan:
    """Read the knobs."""
    groups = -(-layout.batch // machine.vector_length)
    selecting = {}
    for visited in _passes(layout):
        for level in _levels(layout, visited):
            selecting[visited, level] = chosen_groups(str(knobs.get(f"select.{visited}.{level}", "none")), groups)
    together = int(knobs["batch_grouping"])
    leaves = {int(name.removeprefix("leaf.")): str(value) for name, value in knobs.items() if name.startswith("leaf.")}
    return Plan(
        layout=layout,
        groups=groups,
        selecting=selecting,
        encoded_levels=int(knobs["encode"]),
        leaf_selects=leaves,
        paired_steps=knobs["address.steps"] == "paired",
        movable=frozenset(name for name in MOVABLE_OPERATIONS if knobs[f"alu.{name}"] == "yes"),
        reload_addresses=knobs["address.values"] == "reload",
        groups_in_flight=-(-int(knobs["groups_in_flight"]) // together) * together,
        batch_grouping=together,
        unroll=int(knobs["unroll"]),
        stagger=int(knobs["stagger"]),
    )
