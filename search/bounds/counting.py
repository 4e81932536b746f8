"""A bound by counting how many slots of each class of alike slots have issued by each cycle.

A relaxation of the exact model with one integer for each class of alike slots and each cycle, instead of a start for
each slot: engines issue at most their slots in a cycle; of the versions that alike slots read, only those can have been
read that were available; buffers that have begun and not ended fit into scratch.  A cycle count at which the counts do
not exist is one at which no schedule exists.  Symmetry, on which the exact model founders, is what makes this one
small; but it is strong for graphs without any, too, being indexed by time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from machine.certificates.certificate import Solver
from machine.graph.dependences import EdgeKind
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.class_counts import Classes
from search.bounds.partitions import Partition, partitions
from search.solver.cp_solver import cp_solver
from search.solver.purse import Purse
from search.solver.scip import has_solution
from search.solver.solve_outcome import SolveLimits, Spend, unspent

_LOOK_SHARE = 0.05
"""Of a refutation's limits, for a first look at each partition: where counts exist, CP-SAT mostly finds some soon."""

_SCIP_SHARE = 0.6
"""Of a refutation's time, for SCIP, where that look leaves the coarsest partition open."""

_LEAST_THREADS = 4
"""Of CP-SAT, where there is more than one and time is the limit: each is given another kind of search, and what these
learn from each other is worth more than cores.  On two cores, two threads refute 18 cycles of ``convolution_3x3``
(4 rows, 16 columns) in over 25 s, four in 2 s; 29 of ``polynomial`` (degree 5, 128 words, ``pipelined``) in 58 and
27 s, and eight not in 75 s."""

_LAST_SHARE = 0.4
"""Of a bound's limits, for the last length: a refutation takes it up with more, where this is not enough."""

MOST_COUNTS = 60_000
"""The most integers of a model that is tried."""

Count = cp_model.LinearExpr | int
Weighted = Sequence[tuple[int, int]]
"""Pairs of a slot that stands for its class, and a weight."""


def counting_bound(
    prepared: PreparedGraph, bound: Bound, most: int, limits: SolveLimits, spend: Spend = unspent
) -> Bound:
    """The highest bound up to ``most`` cycles that counting proves within the limits; at least ``bound``.

    A length for which counts over one partition exist may be refuted over a finer partition.
    """
    purse = Purse(limits, spend)
    for partition in partitions(prepared):
        found: bool | None = False
        while found is False:
            if bound.cycles >= most or purse.is_empty:
                return bound
            share = _LAST_SHARE if bound.cycles == most - 1 else 1.0
            found = has_counts(prepared, partition, bound.cycles, purse.part(share), purse.spend)
            if found is False:
                bound = partition.bound(bound.cycles, Solver.CP_SAT)
        if found is None:
            return bound
    return bound


def refute(prepared: PreparedGraph, length: int, limits: SolveLimits, spend: Spend = unspent) -> Bound | None:
    """The bound of a proof that there is no schedule of ``length`` cycles or less, if one is found.

    Partitions over which counts are found give way to finer ones; the first that a look leaves open has what is left
    of the limits.  Of the coarsest SCIP is asked before CP-SAT, for it often is the faster; but not where a solve is to
    be repeatable, for it only knows time, and not of finer ones, where it has been the slower.
    """
    purse = Purse(limits, spend)
    for partition in partitions(prepared):
        model = _model_if_small(prepared, partition, length)
        if model is None:
            return None
        found, solver = _is_feasible(model, purse.part(_LOOK_SHARE), purse.spend), Solver.CP_SAT
        if found is None and partition.apart == 1 and not purse.is_counted:
            found, solver = has_solution(model, purse.part(_SCIP_SHARE).seconds), Solver.SCIP
        if found is None and not purse.is_empty:
            found, solver = _is_feasible(model, purse.part(1.0), purse.spend), Solver.CP_SAT
        if found is False:
            return partition.bound(length, solver)
        if found is None or purse.is_empty:
            return None
    return None


def has_counts(
    prepared: PreparedGraph, partition: Partition, length: int, limits: SolveLimits, spend: Spend = unspent
) -> bool | None:
    """Whether there are counts for ``length`` cycles; ``None`` if they are too many or CP-SAT cannot tell in time."""
    model = _model_if_small(prepared, partition, length)
    return None if model is None else _is_feasible(model, limits, spend)


def _is_feasible(model: cp_model.CpModel, limits: SolveLimits, spend: Spend) -> bool | None:
    """Whether a model has a solution; ``None`` if CP-SAT cannot tell in time."""
    if limits.deterministic_time is None and limits.workers > 1:
        limits = replace(limits, workers=max(_LEAST_THREADS, limits.workers))
    solver = cp_solver(limits)
    status = solver.solve(model)
    spend(solver.deterministic_time)
    return {cp_model.INFEASIBLE: False, cp_model.FEASIBLE: True, cp_model.OPTIMAL: True}.get(status)


def _model_if_small(prepared: PreparedGraph, partition: Partition, length: int) -> cp_model.CpModel | None:
    classes = partition.classes
    return counting_model(prepared, classes, length) if _size(prepared, classes, length) <= MOST_COUNTS else None


def _size(prepared: PreparedGraph, classes: Classes, length: int) -> int:
    heads, tails = prepared.chains.slot_heads, prepared.chains.slot_tails
    return sum(max(0, length - int(tails[slot]) - int(heads[slot])) for slot in classes.slots.values())


@dataclass(frozen=True)
class _Counts:
    """How many slots of a class have issued by the end of each cycle from ``first`` on; the last stands for ever."""

    first: int
    issued: list[Count]

    def by(self, cycle: int) -> Count:
        """Issued in cycles up to ``cycle``."""
        if cycle < self.first or not self.issued:
            return 0
        return self.issued[min(cycle - self.first, len(self.issued) - 1)]


def counting_model(prepared: PreparedGraph, classes: Classes, length: int) -> cp_model.CpModel:
    """The counts that schedules of at most ``length`` cycles have."""
    model = cp_model.CpModel()
    counts = _issued(model, prepared, classes, length)
    for left, right in _reads_after_writes(classes, counts, length):
        _at_most(model, left, right)
    for left, right in _memory_in_order(classes, counts, length):
        _at_most(model, left, right)
    words = prepared.machine.scratch_words
    if int(prepared.flat.buffer_words.sum()) > words:
        _within_scratch(model, classes, counts, length, words)
    return model


def _issued(model: cp_model.CpModel, prepared: PreparedGraph, classes: Classes, length: int) -> Mapping[int, _Counts]:
    """Create the counts of every class, limited by heads, tails and the slots of engines."""
    flat, chains = prepared.flat, prepared.chains
    chosen = _chosen(model, classes)
    busy: dict[tuple[int, int], list[Count]] = defaultdict(list)
    counts = {}
    for colour, slot in classes.slots.items():
        _, implementation = classes.owner(slot)
        alike = sum(classes.alike.slots[other] == colour for other in flat.slots_of(implementation))
        total = alike * chosen[classes.alike.implementations[implementation]]
        engine = int(flat.slot_engines[slot])
        width = prepared.machine.scored_engines[engine].slots
        first, last = int(chains.slot_heads[slot]), length - int(chains.slot_tails[slot])
        if last < first:
            _at_most(model, total, 0)
            counts[colour] = _Counts(first, [])
            continue
        most = alike * classes.sizes[classes.alike.operations[classes.owner(slot)[0]]]
        issued: list[Count] = []
        for cycle in range(first, last + 1):
            ended = cycle == last
            now = total if ended else model.new_int_var(0, min(most, width * (cycle - first + 1)), f"n{colour}.{cycle}")
            step = now - (issued[-1] if issued else 0)
            _at_most(model, 0, step)
            busy[engine, cycle].append(step)
            issued.append(now)
        counts[colour] = _Counts(first, issued)
    for (engine, _), steps in busy.items():
        _at_most(model, sum(steps), prepared.machine.scored_engines[engine].slots)
    return counts


def _chosen(model: cp_model.CpModel, classes: Classes) -> dict[int, Count]:
    """By class of implementations, how many operations use one of it."""
    chosen: dict[int, Count] = {}
    for colour, operation in classes.operations.items():
        starts, size = classes.flat.operation_starts, classes.sizes[colour]
        made = [classes.alike.implementations[k] for k in range(int(starts[operation]), int(starts[operation + 1]))]
        if len(made) == 1:
            chosen[made[0]] = size
            continue
        chosen.update({each: model.new_int_var(0, size, f"y{each}") for each in made})
        model.add(sum(chosen[each] for each in made) == size)
    return chosen


def _reads_after_writes(classes: Classes, counts: Mapping[int, _Counts], length: int) -> Iterator[tuple[Count, Count]]:
    """Limit the reads of a class of versions by how many of its versions are available."""
    for colour, version in classes.versions.items():
        if int(classes.flat.version_operations[version]) < 0:
            continue
        readers = classes.readers.get(version, [])
        written = [
            (slot, classes.alike_versions(classes.writes(slot), colour))
            for slot in sorted({classes.slots[classes.alike.slots[slot]] for slot in classes.writers[version]})
        ]
        for operations, most in classes.most_by_operation(readers).items():
            read = [
                (slot, classes.alike_versions(classes.reads(slot), colour))
                for slot in classes.of_operations(readers, operations)
            ]
            for cycle in range(length):
                yield _issued_by(classes, counts, read, cycle), most * _landed_by(classes, counts, written, cycle)


def _issued_by(classes: Classes, counts: Mapping[int, _Counts], slots: Weighted, cycle: int) -> Count:
    """The weighted sum of slots that have issued in cycles up to ``cycle``."""
    total: Count = 0
    for slot, weight in slots:
        total = total + weight * counts[classes.alike.slots[slot]].by(cycle)
    return total


def _landed_by(classes: Classes, counts: Mapping[int, _Counts], slots: Weighted, cycle: int) -> Count:
    """The weighted sum of slots whose results can be read in ``cycle``."""
    total: Count = 0
    for slot, weight in slots:
        latency = int(classes.flat.slot_latencies[slot])
        total = total + weight * counts[classes.alike.slots[slot]].by(cycle - latency)
    return total


def _memory_in_order(classes: Classes, counts: Mapping[int, _Counts], length: int) -> Iterator[tuple[Count, Count]]:
    """Order reads of memory after earlier writes that happen whatever implementations are chosen."""
    flat, colours = classes.flat, classes.alike.slots
    into: Counter[tuple[int, int]] = Counter()
    out_of: Counter[tuple[int, int]] = Counter()
    for slot, later, kind in flat.edges.tolist():
        if kind != EdgeKind.READ_AFTER_WRITE or not classes.is_only(slot):
            continue
        if classes.slots[colours[later]] == later:
            into[colours[slot], colours[later]] += 1
        if classes.slots[colours[slot]] == slot:
            out_of[colours[slot], colours[later]] += 1
    for (before, after), number in into.items():
        for cycle in range(length):
            landed = _landed_by(classes, counts, [(classes.slots[before], 1)], cycle)
            yield number * counts[after].by(cycle), out_of[before, after] * landed


def _within_scratch(
    model: cp_model.CpModel, classes: Classes, counts: Mapping[int, _Counts], length: int, words: int
) -> None:
    """Buffers that have begun (a word has landed) and not ended (an access is to come) fit into scratch.

    What operations of a class have written to alike buffers may be in the fewest of them; what they have read, too.
    """
    flat = classes.flat
    live: list[list[Count]] = [[] for _ in range(length)]
    for colour, buffer in classes.buffers.items():
        number, size = classes.buffer_sizes[colour], int(flat.buffer_words[buffer])
        writes = _accesses(classes, colour, [s for v in classes.held[buffer] for s in classes.writers.get(v, [])], True)
        reads = _accesses(classes, colour, [s for v in classes.held[buffer] for s in classes.readers.get(v, [])], False)
        for cycle in range(length) if writes or reads else ():
            begun: Count = number if flat.buffer_zero[buffer] else model.new_int_var(0, number, f"b{colour}.{cycle}")
            ended = model.new_int_var(0, number, f"e{colour}.{cycle}")
            model.add(ended <= begun)
            for write in writes:
                # Held in the cycle in which a word lands, read or not.
                _at_most(model, _landed_by(classes, counts, write.slots, cycle), write.most * begun)
                _at_most(model, write.least * ended, _landed_by(classes, counts, write.slots, cycle - 1))
            for read in reads:
                _at_most(model, read.least * ended, _issued_by(classes, counts, read.slots, cycle - 1))
            live[cycle].append(size * (begun - ended))
    for each in live:
        _at_most(model, sum(each), words)


@dataclass(frozen=True)
class _Accesses:
    """By slot, the words that operations of one class access in alike buffers; and the most and least in one buffer."""

    slots: Weighted
    most: int
    least: int


def _accesses(classes: Classes, buffers: int, slots: list[int], write: bool) -> list[_Accesses]:
    """Accesses to buffers of a class, of which ``slots`` are those to one of them, by class of operations."""
    versions = classes.writes if write else classes.reads
    least = classes.least_by_operation(slots)
    found = []
    for operations, most in classes.most_by_operation(slots).items():
        mine = classes.of_operations(slots, operations)
        weighted = [(slot, classes.in_buffers(versions(slot), buffers)) for slot in mine]
        found.append(_Accesses(weighted, most, least[operations]))
    return found


def _at_most(model: cp_model.CpModel, left: Count, right: Count) -> None:
    """Add the constraint; where both sides are numbers, it is either true or makes the model infeasible."""
    if isinstance(left, int) and isinstance(right, int):
        if left > right:
            model.add(model.new_constant(0) >= 1)
        return
    model.add(left <= right)
