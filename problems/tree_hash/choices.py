"""The knobs of ``tree_hash``, with their defaults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from machine.graph.builder import BinaryEngines
from machine.model import Machine
from problems.knobs import ChoiceKnob, GroupsKnob, IntegerKnob, Knob
from problems.tree_hash.costs import groups_to_select, work_of_group, work_of_tables
from problems.tree_hash.folding import RECORD_WORDS
from problems.tree_hash.layout import Layout
from problems.tree_hash.places import MOST_VECTORS, borrowable, find_places
from problems.tree_hash.record_tables import Arrangement

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

_MANY_GROUPS = 9
"""From so many groups on operations are short, and below it the cycles from one round to the next."""

_TABLES_PAY = 4
"""Groups from which on tables of records do."""

_TABLE_TOPS = 3, 5, 7

_FLOW_TO_SPARE = 0.98
"""Flow's share of the busiest engine's cycles, below which no select needs to leave it."""


class Depth(Enum):
    """What rounds are made short of."""

    PLAIN = "plain"
    """Nothing: every value is there in its encoded form."""
    LEAN = "lean"
    """Cycles from round to round, where that costs no operation: roots and constants meet the value a step early."""
    SHALLOW = "shallow"
    """Cycles, at the cost of an operation for each path bit, and some for addresses."""


class AddressSteps(Enum):
    """How addresses take path bits."""

    SINGLE = "single"
    """One at a time."""
    PAIRED = "paired"
    """Two at a time, the older one by a select."""
    HORNER = "horner"
    """As a number, ``n <- 2n + bit``, that is taken from a constant where an address is needed."""


class SetupKind(Enum):
    """How words get constants."""

    PLAIN = "plain"
    """They are loaded, or added to a zero."""
    LEAN = "lean"
    """Addresses are sums too, of constants in the header and of each other."""
    FULL = "full"
    """So are all constants that can be."""
    SHARED = "shared"
    """And tables and places are laid out so that the constants that others need anyway serve them too."""

    @property
    def adds_addresses(self) -> bool:
        """Whether addresses are sums."""
        return self is not SetupKind.PLAIN

    @property
    def adds_all(self) -> bool:
        """Whether all constants that can be are sums."""
        return self in (SetupKind.FULL, SetupKind.SHARED)

    @property
    def is_shared(self) -> bool:
        """Whether tables and places are laid out for the sake of constants."""
        return self is SetupKind.SHARED


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


@dataclass(frozen=True)
class _Defaults:
    """What suits a shape.

    Attributes:
        groups: vectors of walkers.
        tables: levels with records.
        is_shallow: whether cycles from round to round matter more than operations.
        flow_binds: whether selects are as scarce as anything.
        selecting_first: groups that select the levels of the first table in the first pass all the same.
    """

    groups: int
    tables: Mapping[int, Arrangement]
    is_shallow: bool
    flow_binds: bool
    selecting_first: int

    @staticmethod
    def of(layout: Layout, machine: Machine, *, with_indices: bool) -> "_Defaults":
        groups = -(-layout.batch // machine.vector_length)
        is_shallow = groups < _MANY_GROUPS
        tops = [top for top in _TABLE_TOPS if groups >= _TABLES_PAY and top in _tops(layout, machine)]
        folded = () if is_shallow else tops[:2]
        tables = {top: Arrangement.FOLDED if top in folded else Arrangement.NATURAL for top in tops}
        after_tables = tops[-1] + 2 if tops else 1
        places = find_places(
            layout,
            list(tables.items()),
            after_tables,
            machine.vector_length,
            vectors=0,
            index_words=borrowable(layout, machine, with_indices=with_indices),
        )
        arranged = {top: table.arrangement for top, table in places.tables.items()}
        work = work_of_group(layout, arranged, machine.vector_length, with_indices=with_indices)
        setup = work_of_tables(arranged, machine.vector_length)
        total = groups * work + setup
        compute, flow, load = total.cycles(machine)
        flow_binds = flow > _FLOW_TO_SPARE * max(compute, load)
        first = min(arranged, default=layout.height)
        can_select = not is_shallow and first + 1 <= _highest_selectable(layout, machine) and first + 1 < layout.rounds
        selecting = groups_to_select(total, groups, first, machine) if can_select else 0
        return _Defaults(groups, arranged, is_shallow, flow_binds, selecting)

    def leaves_may_be_computed(self, level: int) -> bool:
        """Whether the first selects of a level are for any engine, and not for flow alone."""
        in_first = self.selecting_first > 0 and level >= min(self.tables)
        return self.flow_binds or self.is_shallow or not self.tables or in_first

    def selecting(self, visited: int, level: int) -> str:
        """Short levels by selects; level 4, about as dear either way, by half the groups, and by all later."""
        if level in self.tables or level - 1 in self.tables:
            first = min(self.tables)
            also = visited == 0 and level in (first, first + 1) and self.selecting_first > 0
            return f"even:{self.selecting_first}" if also else "none"
        if level <= 3 or (level == 4 and visited > 0):
            return "all"
        return f"even:{self.groups // 2}" if level == 4 else "none"


def declare_knobs(layout: Layout, machine: Machine, *, with_indices: bool) -> tuple[Knob, ...]:
    """The knobs of ``tree_hash`` for a layout and machine."""
    defaults = _Defaults.of(layout, machine, with_indices=with_indices)
    return (
        *_service_knobs(layout, machine, defaults),
        *_record_knobs(layout, machine, defaults),
        *_address_knobs(layout, machine),
        *_operation_knobs(defaults),
        *_order_knobs(layout, machine, defaults.groups),
    )


def _service_knobs(layout: Layout, machine: Machine, defaults: _Defaults) -> Iterator[Knob]:
    selectable = _highest_selectable(layout, machine)
    for visited in passes(layout):
        for level in levels_of_pass(layout, visited):
            if level <= selectable:
                summary = f"groups that find level {level} by selects in pass {visited}; the others load its nodes"
                default = defaults.selecting(visited, level)
                yield GroupsKnob(f"select.{visited}.{level}", default, summary, defaults.groups)
    for level in range(1, min(selectable, layout.height, layout.rounds - 1) + 1):
        summary = f"engines of the first selects on the nodes of level {level}"
        default = "either" if defaults.leaves_may_be_computed(level) else "flow"
        yield ChoiceKnob(f"leaf.{level}", default, summary, ("flow", "multiply_add", "either"))


def _record_knobs(layout: Layout, machine: Machine, defaults: _Defaults) -> Iterator[Knob]:
    tops = _tops(layout, machine)
    arrangements = ("none", *(arrangement.value for arrangement in Arrangement))
    for top in tops:
        default = defaults.tables[top].value if top in defaults.tables else "none"
        summary = f"records of levels {top} and {top + 1}, and how they lie"
        yield ChoiceKnob(f"record.{top}", default, summary, arrangements, formerly="none")
    if tops:
        summary = "groups whose pointers reach vectors by alu lanes, and not through memory"
        yield GroupsKnob("record.lanes", "none", summary, defaults.groups)
        summary = "vectors of memory through which the pointers of a pass go"
        yield IntegerKnob("record.places", 2, summary, 1, MOST_VECTORS, formerly=MOST_VECTORS)
        summary = "round from which on the constants that it needs first reach vectors through memory"
        yield IntegerKnob("broadcast.stored", layout.rounds, summary, 1, layout.rounds, formerly=layout.rounds)
        summary = "groups by which the building of each further table is less urgent"
        yield IntegerKnob("record.delay", 2, summary, 0, 8)


def _address_knobs(layout: Layout, machine: Machine) -> Iterator[Knob]:
    deepest = min(layout.height, layout.rounds - 1)
    yield IntegerKnob("encode", min(8, deepest + 1), "gathered levels below this are encoded in place", 0, deepest + 1)
    summary = "how addresses take path bits: one at a time, two, or as a number taken from a constant"
    steps = tuple(steps.value for steps in AddressSteps)
    yield ChoiceKnob("address.steps", AddressSteps.HORNER.value, summary, steps, formerly=AddressSteps.SINGLE.value)
    summary = "address of a group's values between load and store"
    yield ChoiceKnob("address.values", "keep", summary, ("keep", "reload"))
    summary = "where an address takes one constant or another by a path bit: by flow alone, or by arithmetic as well"
    yield ChoiceKnob("address.constants", "flow", summary, ("flow", "either"), formerly="either")
    if machine.having("^", vector=False):
        summary = "gathers of vectors before the node, so that addresses of levels not encoded take no constants"
        yield ChoiceKnob("gather.biased", "yes", summary, ("yes", "no"), formerly="no")


def _operation_knobs(defaults: _Defaults) -> Iterator[Knob]:
    summary = "rounds of fewer operations, or of fewer cycles from one to the next"
    default = Depth.SHALLOW.value if defaults.is_shallow else Depth.LEAN.value
    yield ChoiceKnob("depth", default, summary, tuple(depth.value for depth in Depth), formerly=Depth.PLAIN.value)
    summary = "constants: loaded; or addresses, or all, as sums too; or tables and places laid out to share them, too"
    yield ChoiceKnob("setup", SetupKind.FULL.value, summary, tuple(kind.value for kind in SetupKind), formerly="plain")
    for name, summary in MOVABLE_OPERATIONS.items():
        default = "yes" if defaults.is_shallow or name not in _LANES_ALONE else "only"
        yield ChoiceKnob(f"alu.{name}", default, f"on alu, not valu: {summary}", tuple(ENGINES))


def _order_knobs(layout: Layout, machine: Machine, groups: int) -> Iterator[Knob]:
    rounds = layout.rounds
    # More than fit at some nine vectors each only load their values early, and take the scratch from those at work.
    in_flight = min(groups, max(1, machine.scratch_words // (9 * machine.vector_length)))
    yield IntegerKnob("groups_in_flight", in_flight, "groups between their first and last round", 1, groups)
    yield IntegerKnob("batch_grouping", 1, "groups that move in lockstep", 1, min(groups, 8))
    yield IntegerKnob("unroll", rounds, "rounds of a batch emitted before the next batch's", 1, rounds)
    yield IntegerKnob("stagger", rounds, "rounds between the starts of neighbouring batches", 0, rounds)


def _tops(layout: Layout, machine: Machine) -> list[int]:
    """Levels that records may have."""
    deepest = min(layout.height - 1, layout.rounds - 2, MOST_RECORDS_AT)
    return [top for top in range(1, deepest + 1) if table_fits(layout, machine, top)]


def table_fits(layout: Layout, machine: Machine, top: int) -> bool:
    """Whether there can be records of level ``top``: a load of a vector holds one, and stays in memory."""
    return (
        len(machine.having("^", vector=False)) > 0
        and machine.vector_length >= RECORD_WORDS
        and 3 * 2**top % machine.vector_length == 0
        and top + 1 <= layout.height
        and Layout.level_at(top + 2) + machine.vector_length <= layout.memory_words
    )
