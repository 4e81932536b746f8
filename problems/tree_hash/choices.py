"""The knobs of ``tree_hash``, with their defaults."""

from machine.graph.builder import BinaryEngines
from machine.model import Machine
from problems.knobs import ChoiceKnob, GroupsKnob, IntegerKnob, Knob
from problems.tree_hash.folding import RECORD_WORDS
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

ENGINES = {"yes": BinaryEngines.EITHER, "no": BinaryEngines.VALU, "only": BinaryEngines.ALU}
"""What the knobs of these operations say about alu."""

_LANES_ALONE = ("decode",)
"""Operations with a constant that hardly anything else needs in a vector: alone on alu they save its broadcast."""

_MANY_GROUPS = 8

MOST_RECORDS_AT = 8
"""The deepest level with records: building a table costs compute in proportion to its words."""


def passes(layout: Layout) -> range:
    """Passes over the tree that have knobs of their own."""
    return range(min(layout.pass_of_round(layout.rounds - 1) + 1, SEPARATE_PASSES))


def levels_of_pass(layout: Layout, visited: int) -> range:
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
    for visited in passes(layout):
        for level in levels_of_pass(layout, visited):
            if level <= selectable:
                default = _default_selecting(visited, level, groups)
                summary = f"groups that find level {level} by selects in pass {visited}; the others gather"
                knobs.append(GroupsKnob(f"select.{visited}.{level}", default, summary, groups))
    for level in range(1, min(selectable, layout.height, layout.rounds - 1) + 1):
        summary = f"engines of the first selects on the nodes of level {level}"
        knobs.append(ChoiceKnob(f"leaf.{level}", "either", summary, ("flow", "multiply_add", "either")))
    deepest = min(layout.height, layout.rounds - 1)
    knobs += _record_knobs(layout, machine)
    # More than fit at some nine vectors each only load their values early, and take the scratch from those at work.
    in_flight = min(groups, max(1, machine.scratch_words // (9 * machine.vector_length)))
    knobs += [
        IntegerKnob("encode", min(8, deepest + 1), "gathered levels below this are encoded in place", 0, deepest + 1),
        ChoiceKnob(
            "address.steps",
            "horner",
            "how addresses take path bits: one at a time, two, or as a number taken from a constant",
            ("single", "paired", "horner"),
            formerly="single",
        ),
        ChoiceKnob("address.values", "keep", "address of a group's values between load and store", ("keep", "reload")),
    ]
    if machine.offers("alu", "^"):
        summary = "gathers of vectors before the node, so that addresses of levels not encoded take no constants"
        knobs.append(ChoiceKnob("gather.biased", "yes", summary, ("yes", "no"), formerly="no"))
    summary = "where an address takes one constant or another by a path bit: by flow alone, or by arithmetic as well"
    knobs.append(ChoiceKnob("address.constants", "flow", summary, ("flow", "either"), formerly="either"))
    summary = "rounds of fewer operations, or of fewer cycles from one to the next"
    depth = "shallow" if groups < _MANY_GROUPS else "lean"
    knobs.append(ChoiceKnob("depth", depth, summary, ("lean", "shallow"), formerly="lean"))
    summary = "constants: loaded, or in all the ways there are"
    knobs.append(ChoiceKnob("setup", "lean", summary, ("plain", "lean"), formerly="plain"))
    for name, summary in MOVABLE_OPERATIONS.items():
        default = "only" if name in _LANES_ALONE and groups >= _MANY_GROUPS else "yes"
        knobs.append(ChoiceKnob(f"alu.{name}", default, f"on alu, not valu: {summary}", tuple(ENGINES)))
    knobs += [
        IntegerKnob("groups_in_flight", in_flight, "groups between their first and last round", 1, groups),
        IntegerKnob("batch_grouping", 1, "groups that move in lockstep", 1, min(groups, 8)),
        IntegerKnob("unroll", layout.rounds, "rounds of a batch emitted before the next batch's", 1, layout.rounds),
        IntegerKnob("stagger", layout.rounds, "rounds between the starts of neighbouring batches", 0, layout.rounds),
    ]
    return tuple(knobs)


def table_fits(layout: Layout, machine: Machine, top: int) -> bool:
    """Whether there can be records of level ``top``: a load of a vector holds one, and stays in memory."""
    return (
        machine.offers("alu", "^")
        and machine.vector_length >= RECORD_WORDS
        and 3 * 2**top % machine.vector_length == 0
        and top + 1 <= layout.height
        and Layout.level_at(top + 2) + machine.vector_length <= layout.memory_words
    )


def _record_knobs(layout: Layout, machine: Machine) -> list[Knob]:
    deepest = min(layout.height - 1, layout.rounds - 2, MOST_RECORDS_AT)
    tops = [top for top in range(1, deepest + 1) if table_fits(layout, machine, top)]
    knobs: list[Knob] = []
    for top in tops:
        summary = f"records of levels {top} and {top + 1}, and how they lie"
        default = "none"
        knobs.append(ChoiceKnob(f"record.{top}", default, summary, ("none", "natural", "folded"), formerly="none"))
    if tops:
        summary = "how pointers in records reach vectors"
        knobs.append(ChoiceKnob("record.pointer", "memory", summary, ("memory", "lanes")))
        summary = "groups by which the building of each further table is less urgent"
        knobs.append(IntegerKnob("record.delay", 2, summary, 0, 8))
    return knobs
