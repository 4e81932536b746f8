"""What the knobs of ``tree_hash`` decide: how each round finds its nodes, and the order in which rounds are emitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from machine.graph.builder import BinaryEngines
from machine.model import Machine
from problems.knobs import KnobSettings, chosen_groups
from problems.tree_hash.choices import (
    ENGINES,
    MOVABLE_OPERATIONS,
    SEPARATE_PASSES,
    AddressSteps,
    Depth,
    SetupKind,
    levels_of_pass,
    passes,
    table_fits,
)
from problems.tree_hash.layout import HEADER_WORDS, Layout
from problems.tree_hash.places import borrowable, find_places
from problems.tree_hash.record_tables import Arrangement, Linear, RecordTable, arrange

BIASES_OF_TWO = 3, 0
LASTING_BIAS = 6
"""See :func:`_biases`."""


class Service(Enum):
    """How a round's nodes reach the walkers of a group."""

    SELECT = "select"
    GATHER = "gather"
    RECORD = "record"
    CHILD = "child"
    """Of the record that the round before has loaded."""


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
        with_indices: whether indices are output.
        groups: how many vectors of walkers there are, a last one that is not full included.
        selecting: groups that select, by (pass, level); the others gather.
        encoded_levels: nodes of levels below this are encoded in place where they are gathered.
        tables: records, by the level of their nodes; that level and the next are gathered from them.
        vector_places: addresses in free memory, for a vector each, through which pointers pass.
        broadcast_places: the same, for constants.
        borrowed: index words that hold tables and the like.
        table_delay: streams by which the building of each further table is less urgent.
        lane_pointers: groups whose pointers in records go to vectors by alu lanes, and not through memory.
        biases: by level, words before the node from which a gather loads a vector; 0 where it loads the node alone.
        leaf_selects: by level, which implementations the first selects on table nodes have.
        address_steps: how addresses take path bits.
        depth: what rounds are made short of.
        flow_constants: whether a path bit selects between constants on flow alone.
        stored_broadcasts_from: the round from which on constants that are first needed go to vectors through memory.
        setup: in which ways constants are made.
        engines: where operations may run that have a choice, by name.
        reload_addresses: whether the address of a group's values is loaded again for the store.
        groups_in_flight, batch_grouping, unroll, stagger: the emission order, see :meth:`visits`; the first is a
            multiple of the second.
    """

    layout: Layout
    with_indices: bool
    groups: int
    selecting: Mapping[tuple[int, int], frozenset[int]]
    encoded_levels: int
    tables: Mapping[int, RecordTable]
    vector_places: Sequence[int]
    broadcast_places: Sequence[int]
    borrowed: range
    table_delay: int
    lane_pointers: frozenset[int]
    biases: Mapping[int, int]
    leaf_selects: Mapping[int, str]
    address_steps: AddressSteps
    depth: Depth
    flow_constants: bool
    stored_broadcasts_from: int
    setup: SetupKind
    vector_length: int
    engines: Mapping[str, BinaryEngines]
    reload_addresses: bool
    groups_in_flight: int
    batch_grouping: int
    unroll: int
    stagger: int

    def service(self, visit: Visit) -> Service:
        """How the nodes of a visit reach the walkers."""
        level = self.layout.level_of_round(visit.round)
        visited = min(self.layout.pass_of_round(visit.round), SEPARATE_PASSES - 1)
        if level in self.tables:
            levels: tuple[int, ...] = level, level + 1
        elif level - 1 in self.tables:
            levels = level - 1, level
        else:
            levels = (level,)
        if level == 0 or all(visit.group in self.selecting.get((visited, one), self._all) for one in levels):
            return Service.SELECT
        if len(levels) == 1:
            return Service.GATHER
        return Service.RECORD if level == levels[0] else Service.CHILD

    @property
    def _all(self) -> frozenset[int]:
        return frozenset(range(self.groups))

    def is_encoded_in_memory(self, level: int) -> bool:
        """Whether gathers find this level's nodes encoded in place.

        Levels that are no whole number of vectors share a block with others, which is not worth rewriting for them.
        """
        return level < self.encoded_levels and 2**level % self.vector_length == 0

    def is_kept(self, level: int) -> bool:
        """Whether nodes of a level are held in scratch at some time: for selects, or to be put into records."""
        in_tables = level in self.tables or level - 1 in self.tables
        chosen = (groups for (_, at), groups in self.selecting.items() if at == level)
        return level == 0 or in_tables or any(chosen)

    def gather_addresses(self, level: int) -> Linear:
        """The addresses from which a level that has no table is gathered."""
        return Linear.of_nodes(level).moved(-self.biases.get(level, 0))

    @property
    def final_indices(self) -> Linear | None:
        """Indices after the last round, if they are wanted and the walkers are not at the root."""
        level = self.layout.level_of_round(self.layout.rounds)
        return Linear.of_nodes(level).moved(-HEADER_WORDS) if self.with_indices and level > 0 else None

    def pointer_target(self, top: int) -> Linear | None:
        """What pointers in the records of ``top`` lead to, if they have any: addresses two levels below, or indices."""
        table, below = self.tables[top], top + 2
        if table.folding is None:
            return None
        if below <= self.layout.height and below < self.layout.rounds:
            if below not in self.tables:
                return self.gather_addresses(below)
            if self.tables[below].folding is None:
                return self.tables[below].linear
        final = self.final_indices
        return final if final is not None and final.level - top in (1, 2) else None

    def borrows(self, words: range) -> bool:
        """Whether any of these index words hold something else until the end."""
        return any(word in self.borrowed for word in words)

    @property
    def is_shallow(self) -> bool:
        """Whether operations are spent for a shorter path from round to round."""
        return self.depth is Depth.SHALLOW

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


def make_plan(layout: Layout, machine: Machine, knobs: KnobSettings, *, with_indices: bool) -> Plan:
    """Read the knobs."""
    groups = -(-layout.batch // machine.vector_length)
    encoded_levels = int(knobs["encode"])
    selecting = {}
    for visited in passes(layout):
        for level in levels_of_pass(layout, visited):
            selecting[visited, level] = chosen_groups(str(knobs.get(f"select.{visited}.{level}", "none")), groups)
    setup = SetupKind(knobs["setup"])
    # Passes have places of their own: shared ones would let a group wait for the whole of another.
    vectors = int(knobs.get("record.places", 0)) * (2 if with_indices else 1)
    stored_from = int(knobs.get("broadcast.stored", layout.rounds))
    is_apart = setup.is_shared and stored_from < layout.rounds
    tops = _tops(layout, machine, knobs)
    gathered = _gathered(selecting, {level for top, _ in tops for level in (top, top + 1)}, groups)
    places = find_places(
        layout,
        tops,
        min(gathered, default=layout.height + 1),
        machine.vector_length,
        vectors=vectors + is_apart,
        index_words=borrowable(layout, machine, with_indices=with_indices),
        vectors_among_nodes=setup.is_shared,
    )
    together = int(knobs["batch_grouping"])
    leaves = {int(name.removeprefix("leaf.")): str(value) for name, value in knobs.items() if name.startswith("leaf.")}
    plan = Plan(
        layout=layout,
        with_indices=with_indices,
        groups=groups,
        selecting=selecting,
        encoded_levels=encoded_levels,
        tables=places.tables,
        vector_places=places.vectors[:vectors] if places.tables else (),
        broadcast_places=places.vectors[vectors if is_apart else 0 :] if places.tables else (),
        borrowed=places.borrowed if places.tables else range(0),
        table_delay=int(knobs.get("record.delay", 0)),
        lane_pointers=chosen_groups(str(knobs.get("record.lanes", "none")) if places.vectors else "all", groups),
        biases={},
        leaf_selects=leaves,
        address_steps=AddressSteps(knobs["address.steps"]),
        depth=Depth(knobs["depth"]),
        flow_constants=knobs["address.constants"] == "flow",
        stored_broadcasts_from=stored_from,
        setup=setup,
        vector_length=machine.vector_length,
        engines={name: ENGINES[str(knobs[f"alu.{name}"])] for name in MOVABLE_OPERATIONS},
        reload_addresses=knobs["address.values"] == "reload",
        groups_in_flight=-(-int(knobs["groups_in_flight"]) // together) * together,
        batch_grouping=together,
        unroll=int(knobs["unroll"]),
        stagger=int(knobs["stagger"]),
    )
    biased = knobs.get("gather.biased") == "yes"
    return replace(plan, biases=_biases(plan, gathered)) if biased else plan


def _tops(layout: Layout, machine: Machine, knobs: KnobSettings) -> list[tuple[int, Arrangement]]:
    """The tables that the knobs ask for and memory has room for."""
    wanted = [
        (int(name.removeprefix("record.")), Arrangement(str(value)))
        for name, value in knobs.items()
        if name.removeprefix("record.").isdigit() and value != "none"
    ]
    return list(arrange([pair for pair in wanted if table_fits(layout, machine, pair[0])]))


def _gathered(selecting: Mapping[tuple[int, int], frozenset[int]], in_tables: set[int], groups: int) -> set[int]:
    """Levels that some group gathers from where the image has them."""
    return {level for (_, level), chosen in selecting.items() if len(chosen) < groups and level not in in_tables}


def _biases(plan: Plan, gathered: set[int]) -> dict[int, int]:
    """Biases for the run of gathered levels, to the deepest, whose nodes are not encoded.

    A child of the node at address ``a`` is at ``2a - 6 + bit``, so that from a load at ``a - w`` to one at ``a' - w'``
    takes no constant where ``w' = 2w - 6``: from 3 to 0, which saves the second level a load of vectors, or 6 always.
    """
    level = max(gathered, default=0)
    run: list[int] = []
    while level in gathered and not plan.is_encoded_in_memory(level):
        run.insert(0, level)
        level -= 1
    if len(run) < 2:
        return {}
    biases = dict(zip(run, BIASES_OF_TWO, strict=True)) if len(run) == 2 else dict.fromkeys(run, LASTING_BIAS)
    fits = all(
        words < plan.vector_length
        and plan.layout.level_at(level + 1) - words + plan.vector_length <= plan.layout.memory_words + 1
        for level, words in biases.items()
    )
    return biases if fits else {}
