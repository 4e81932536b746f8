"""The model's families of constraints, one function each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from ortools.sat.python import cp_model

from machine.graph.dependences import EdgeKind
from machine.graph.flat import FlatGraph, edge_distance
from machine.graph.overwriting import LANDING_AFTER_READ, landing_after_landing
from machine.model import Machine
from search.analysis.relations import Relations
from search.cpsat.lane_groups import ImplementationLanes, OperationLanes
from search.cpsat.start_variables import Affine, Variables, same_lane


@dataclass(frozen=True, slots=True)
class Access:
    """An access to a buffer: a read at ``when``, or a write that can be read from ``when`` on; if ``condition``."""

    when: Affine
    is_write: bool
    condition: cp_model.IntVar | None


def one_implementation_each(model: cp_model.CpModel, variables: Variables, lanes: list[OperationLanes]) -> None:
    """Every operation uses exactly one implementation, to whose first lane the lanes it does not use are tied."""
    for operation in lanes:
        literals = _literals(variables, operation.implementations)
        if not literals:
            continue
        model.add_exactly_one(literals)
        starts = variables.starts[operation.operation]
        for made in operation.implementations:
            for lane in range(made.used, operation.lanes):
                literal = variables.choices[made.implementation]
                model.add(starts[lane] == starts[0]).only_enforce_if(literal)


def reads_after_writes(
    model: cp_model.CpModel, flat: FlatGraph, variables: Variables, lanes: list[OperationLanes]
) -> None:
    """A lane issues no earlier than the versions it reads are available.

    What every implementation demands is stated without a condition, which is stronger.
    """
    for operation in lanes:
        starts = variables.starts[operation.operation]
        demands = [(made, _read_lanes(flat, made)) for made in operation.implementations]
        common = {
            (lane, version)
            for lane, version in demands[0][1]
            if all(_implies(made, reads, lane, version) for made, reads in demands)
        }
        for lane, version in sorted(common):
            _at_least(model, starts[lane], variables.available[version], None)
        for made, reads in demands:
            literal = variables.choices[made.implementation]
            for lane, version in sorted(reads):
                if not any(v == version and same_lane(made, lane, other) for other, v in common):
                    _at_least(model, starts[lane], variables.available[version], literal)


def writes_before_fixed_reads(
    model: cp_model.CpModel, relations: Relations, variables: Variables, versions: Iterable[int]
) -> None:
    """Versions that free operations write are available when operations that are fixed read them."""
    for version in versions:
        for slot in relations.readers[relations.reader_starts[version] : relations.reader_starts[version + 1]].tolist():
            start = variables.slot_starts.get(slot)
            if isinstance(start, int):
                _at_least(model, start, variables.available[version], None)


def overwrites_after_reads(
    model: cp_model.CpModel, flat: FlatGraph, relations: Relations, variables: Variables, versions: Iterable[int]
) -> None:
    """Each of ``versions`` keeps the law of overwriting against the version that it replaces and the readers of that.

    Reads by the operation that writes are left to its edges.
    """
    for version in versions:
        previous = int(flat.version_previous[version])
        if previous < 0:
            continue
        writer = int(flat.version_operations[version])
        available = variables.available[version]
        for slot in relations.readers[
            relations.reader_starts[previous] : relations.reader_starts[previous + 1]
        ].tolist():
            implementation = int(flat.slot_implementations[slot])
            reader = int(flat.implementation_operations[implementation])
            if reader != writer and slot in variables.slot_starts:
                start = variables.slot_starts[slot]
                _at_least(model, available, start + LANDING_AFTER_READ, variables.choice_of(implementation))
        if flat.version_operations[previous] >= 0:
            _landings_in_order(model, flat, relations, variables, version)


def _landings_in_order(
    model: cp_model.CpModel, flat: FlatGraph, relations: Relations, variables: Variables, version: int
) -> None:
    """A version lands after the one that it replaces; how long after, depends on the implementations that write them.

    What holds for all of them is stated without a condition, so that no schedule is lost.
    """
    previous = int(flat.version_previous[version])
    gaps = {
        (int(flat.slot_implementations[one]), int(flat.slot_implementations[other])): landing_after_landing(
            int(flat.slot_latencies[one]), int(flat.slot_latencies[other])
        )
        for one, other in product(_writers(relations, previous), _writers(relations, version))
    }
    least = min(gaps.values())
    available, replaced = variables.available[version], variables.available[previous]
    _at_least(model, available, replaced + least, None)
    for pair, gap in gaps.items():
        literals = [literal for literal in map(variables.choice_of, pair) if literal is not None]
        if gap > least:
            constraint = model.add(available >= replaced + gap)
            if not isinstance(constraint, bool):
                constraint.only_enforce_if(*literals)


def edges_in_order(
    model: cp_model.CpModel, flat: FlatGraph, variables: Variables, edges: Iterable[tuple[int, int, int]]
) -> None:
    """Slots joined by an edge (overlapping memory, lanes of one operation) keep its distance."""
    seen: set[tuple[object, ...]] = set()
    for slot, later, kind in edges:
        if slot not in variables.slot_starts or later not in variables.slot_starts:
            continue
        distance = edge_distance(EdgeKind(kind), int(flat.slot_latencies[slot]), int(flat.slot_latencies[later]))
        start, later_start = variables.slot_starts[slot], variables.slot_starts[later]
        first, second = int(flat.slot_implementations[slot]), int(flat.slot_implementations[later])
        key = first, second, str(start), str(later_start), distance
        if key in seen:
            continue
        seen.add(key)
        constraint = model.add(later_start >= start + distance)
        literals = [variables.choice_of(first), variables.choice_of(second)]
        conditions = [literal for literal in literals if literal is not None]
        if conditions and not isinstance(constraint, bool):
            constraint.only_enforce_if(*conditions)


def engines_within_slots(
    model: cp_model.CpModel,
    flat: FlatGraph,
    machine: Machine,
    variables: Variables,
    lanes: list[OperationLanes],
    taken: Mapping[tuple[int, int], int],
) -> None:
    """Each engine issues at most its slots in a cycle: a cumulative of unit intervals with variable demands.

    ``taken`` are slots that fixed operations use, by (engine, cycle).
    """
    intervals: list[list[cp_model.IntervalVar]] = [[] for _ in machine.scored_engines]
    demands: list[list[cp_model.LinearExprT]] = [[] for _ in machine.scored_engines]
    for operation in lanes:
        for lane, start in enumerate(variables.starts[operation.operation]):
            interval = None
            for engine in range(len(machine.scored_engines)):
                demand = _demand(flat, variables, operation, lane, engine)
                if demand is not None:
                    interval = interval or model.new_fixed_size_interval_var(start, 1, f"x{operation.operation}.{lane}")
                    intervals[engine].append(interval)
                    demands[engine].append(demand)
    for (engine, cycle), used in taken.items():
        intervals[engine].append(model.new_fixed_size_interval_var(cycle, 1, f"t{engine}.{cycle}"))
        demands[engine].append(used)
    for limited, spans, needs in zip(machine.scored_engines, intervals, demands, strict=True):
        if spans:
            model.add_cumulative(spans, needs, limited.slots)


def buffers_within_scratch(
    model: cp_model.CpModel,
    flat: FlatGraph,
    variables: Variables,
    accesses: Mapping[int, Sequence[Access]],
    taken: Sequence[tuple[int, int, int]],
    words: int,
    latest: int,
) -> None:
    """The words of buffers that live in a cycle fit into ``words``: a cumulative of lifetimes.

    Args:
        model: the model.
        flat: the graph.
        variables: is given the lifetimes.
        accesses: of each buffer whose lifetime is to be decided.
        taken: words that other buffers hold, as (from cycle, to before cycle, words).
        words: of scratch.
        latest: cycle by which every lifetime has ended.
    """
    intervals, demands = [], []
    for buffer, each in accesses.items():
        first = model.new_int_var(0, latest, f"b{buffer}")
        last = model.new_int_var(0, latest, f"e{buffer}")
        size = model.new_int_var(0, latest, f"l{buffer}")
        for access in each:
            _at_least(model, last, access.when + 1, access.condition)
            if access.is_write:
                _at_least(model, access.when, first, access.condition)
        if flat.buffer_zero[buffer]:
            model.add(first == 0)
        intervals.append(model.new_interval_var(first, size, last, f"live{buffer}"))
        demands.append(int(flat.buffer_words[buffer]))
        variables.buffer_starts[buffer] = first
        variables.buffer_ends[buffer] = last
        variables.buffer_sizes[buffer] = size
    for start, stop, held in taken:
        intervals.append(model.new_fixed_size_interval_var(start, stop - start, f"held{start}"))
        demands.append(held)
    model.add_cumulative(intervals, demands, words)


def free_accesses(flat: FlatGraph, variables: Variables, lanes: list[OperationLanes]) -> dict[int, list[Access]]:
    """For each buffer, the accesses by free operations."""
    found: dict[int, list[Access]] = {}

    def note(version: int, when: Affine, is_write: bool, condition: cp_model.IntVar | None) -> None:
        buffer = int(flat.word_buffers[flat.version_words[version]])
        found.setdefault(buffer, []).append(Access(when, is_write, condition))

    free = {operation.operation for operation in lanes}
    for version in variables.available:
        if int(flat.version_operations[version]) in free:
            note(version, variables.available[version], True, None)
    for operation in lanes:
        starts = variables.starts[operation.operation]
        for made in operation.implementations:
            seen = set()
            for lane, version in _all_read_lanes(flat, made):
                buffer = int(flat.word_buffers[flat.version_words[version]])
                if (lane, buffer) not in seen:
                    seen.add((lane, buffer))
                    note(version, starts[lane], False, variables.choice_of(made.implementation))
    return found


def _demand(
    flat: FlatGraph, variables: Variables, operation: OperationLanes, lane: int, engine: int
) -> cp_model.LinearExprT | None:
    """Slots of an engine that a lane needs, by the implementation chosen; ``None`` if always 0."""
    constant = 0
    terms = []
    for made in operation.implementations:
        slots = sum(used == lane and flat.slot_engines[slot] == engine for slot, used in made.lane_of_slot.items())
        literal = variables.choices[made.implementation]
        if literal is None:
            constant += int(slots)
        elif slots:
            terms.append(int(slots) * literal)
    return sum(terms) + constant if terms or constant else None


def _all_read_lanes(flat: FlatGraph, made: ImplementationLanes) -> set[tuple[int, int]]:
    """(lane, version) for every version that an implementation reads."""
    return {
        (lane, int(flat.reads[k]))
        for slot, lane in made.lane_of_slot.items()
        for k in range(int(flat.read_starts[slot]), int(flat.read_starts[slot + 1]))
    }


def _read_lanes(flat: FlatGraph, made: ImplementationLanes) -> set[tuple[int, int]]:
    """Of these, versions that operations write: there is nothing to wait for in the initial zeros of a buffer."""
    return {(lane, version) for lane, version in _all_read_lanes(flat, made) if flat.version_operations[version] >= 0}


def _implies(made: ImplementationLanes, reads: set[tuple[int, int]], lane: int, version: int) -> bool:
    """Whether under an implementation the lane, or one it is tied to, reads the version."""
    return (lane, version) in reads or (lane >= made.used and (0, version) in reads)


def _writers(relations: Relations, version: int) -> list[int]:
    """The slots that may write a version."""
    writers: list[int] = relations.writers[
        relations.writer_starts[version] : relations.writer_starts[version + 1]
    ].tolist()
    return writers


def _literals(variables: Variables, made: Iterable[ImplementationLanes]) -> list[cp_model.IntVar]:
    literals = [variables.choices[lanes.implementation] for lanes in made]
    return [literal for literal in literals if literal is not None]


def _at_least(
    model: cp_model.CpModel, late: cp_model.LinearExprT, early: cp_model.LinearExprT, literal: cp_model.IntVar | None
) -> None:
    constraint = model.add(late >= early)
    if literal is not None and not isinstance(constraint, bool):
        constraint.only_enforce_if(literal)
