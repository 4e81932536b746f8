"""The time-indexed relaxation of a graph: a linear program with the part of each slot that has issued by each cycle.

Engines have so many slots in a cycle; of what reads a word, no more has issued than of the word has landed.  Bounds by
a head, work and a tail see the beginning and the end of a schedule as steps; this one sees how work runs in and out,
as operands arrive two loads in a cycle.  Slots that are alike (:mod:`search.analysis.symmetry`) share variables, which
costs nothing: the partition is equitable, and solutions may be averaged over its classes.

The program makes engines so much faster that a schedule of the length fits in part; where they must be faster than
they are, its multipliers prove that there is none.  The solver only finds the multipliers, with little accuracy: what
they prove, rounded to integers, is decided by the checker of certificates.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from ortools.linear_solver import pywraplp

from machine.certificates.certificate import MultiplierCertificate, Wait
from machine.graph.dependences import EdgeKind
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.class_counts import Classes

MOST_VARIABLES = 250_000
"""The largest program that is tried."""

_SCALE = 10_000_000
"""Of the integers to which multipliers are rounded; all slots of all cycles are worth so much together."""

Terms = list[tuple[int, int, float]]
"""Class of slots, latency, and part: what has issued so many cycles ago."""


@dataclass(frozen=True)
class Relaxed:
    """What the solver makes of a length.

    Attributes:
        speed: how much faster engines must be than they are, about; above 1 there is no schedule of the length.
        certificate: the multipliers, rounded; they may prove it.
    """

    speed: float
    certificate: MultiplierCertificate


@dataclass(frozen=True)
class Reading:
    """What operations of one class read from those of another, on average over the words.

    Attributes:
        reader, source: classes of operations.
        words: that all operations of the reading class read so.
        issued, landed: what reads, and what writes.
    """

    reader: int
    source: int
    words: int
    issued: Terms
    landed: Terms


def relax(
    prepared: PreparedGraph,
    classes: Classes,
    length: int,
    accuracy: float,
    seconds: float,
    begin: Callable[[Callable[[], object]], bool] = lambda interrupt: True,
) -> Relaxed | None:
    """Solve the program for some cycles; ``None`` if the solver comes to no end.

    Args:
        prepared: the graph.
        classes: of slots that are alike.
        length: the cycles.
        accuracy: of the solution, relative.
        seconds: for the solver.
        begin: is told by what another thread may interrupt the solver, which then comes to no end; says whether to
            solve at all.
    """
    windows = _windows(prepared, classes, length)
    if not all(windows.values()) or sum(map(len, windows.values())) > MOST_VARIABLES:
        return None
    program = _Program(prepared, classes, length, windows)
    return program.solve(accuracy, seconds) if begin(program.interrupt) else None


def _windows(prepared: PreparedGraph, classes: Classes, length: int) -> dict[int, range]:
    """By class, the cycles in which its slots can issue; none where the length is too short for it."""
    heads, tails = prepared.chains.slot_heads, prepared.chains.slot_tails
    return {colour: range(int(heads[slot]), length - int(tails[slot]) + 1) for colour, slot in classes.slots.items()}


class _Program:
    """The linear program, with the rows whose multipliers are wanted; each class has cycles in which it can issue."""

    def __init__(self, prepared: PreparedGraph, classes: Classes, length: int, windows: Mapping[int, range]) -> None:
        self._prepared, self._classes, self._length, self._windows = prepared, classes, length, windows
        self._solver = pywraplp.Solver.CreateSolver("PDLP")
        self._speed = self._solver.NumVar(0, self._solver.infinity(), "")
        self._solver.Minimize(self._speed)
        self._issued = self._add_slots()
        self._engines = self._add_engines()
        self._readings = [(reading, self._add_reading(reading)) for reading in readings(prepared, classes)]

    def interrupt(self) -> None:
        """End the solver, from another thread."""
        self._solver.InterruptSolve()

    def solve(self, accuracy: float, seconds: float) -> Relaxed | None:
        """The speed, and the multipliers, rounded."""
        self._solver.SetTimeLimit(max(1, round(1000 * seconds)))
        criteria = f"{{ eps_optimal_absolute: {accuracy} eps_optimal_relative: {accuracy} }}"
        parameters = f"termination_criteria {{ simple_optimality_criteria {criteria} }}"
        self._solver.SetSolverSpecificParametersAsString(parameters)
        if self._solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        engines = self._prepared.machine.scored_engines
        prices = [tuple(_rounded(row) for row in rows) for rows in self._engines]
        named = tuple((engine.name, row) for engine, row in zip(engines, prices, strict=True) if any(row))
        waits = tuple(wait for reading, rows in self._readings if (wait := _wait(reading, rows)) is not None)
        certificate = MultiplierCertificate(self._length, tuple(self._classes.alike.operations), named, waits)
        return Relaxed(self._speed.solution_value(), certificate)

    def _add_slots(self) -> dict[int, list[pywraplp.Variable]]:
        """By class and cycle, the part of its slots that has issued: it never falls, and ends as the choice of them."""
        flat, colours, solver = self._prepared.flat, self._classes.alike.slots, self._solver
        issued: dict[int, list[pywraplp.Variable]] = {}
        for operation in self._classes.operations.values():
            made = range(int(flat.operation_starts[operation]), int(flat.operation_starts[operation + 1]))
            chosen = [solver.NumVar(float(len(made) == 1), 1, "") for _ in made]
            self._row([(each, 1.0) for each in chosen], 1.0, 1.0)
            for implementation, share in zip(made, chosen, strict=True):
                for colour in {colours[slot] for slot in flat.slots_of(implementation)}:
                    row = [*(solver.NumVar(0, 1, "") for _ in self._windows[colour][:-1]), share]
                    for earlier, later in pairwise(row):
                        self._row([(later, 1.0), (earlier, -1.0)], 0.0, solver.infinity())
                    issued[colour] = row
        return issued

    def _add_engines(self) -> list[list[pywraplp.Constraint]]:
        """By engine and cycle: no more slots than there are, times the speed."""
        engines, sizes = self._prepared.machine.scored_engines, Counter(self._classes.alike.slots)
        busy: dict[tuple[int, int], list[tuple[pywraplp.Variable, float]]] = defaultdict(list)
        for colour, row in self._issued.items():
            engine = int(self._prepared.flat.slot_engines[self._classes.slots[colour]])
            window, size = self._windows[colour], float(sizes[colour])
            for cycle, variable in zip(window, row, strict=True):
                busy[engine, cycle].append((variable, size))
                if cycle != window[-1]:
                    busy[engine, cycle + 1].append((variable, -size))
        return [
            [
                self._row([*busy[number, cycle], (self._speed, -float(engine.slots))], -self._solver.infinity(), 0.0)
                for cycle in range(self._length)
            ]
            for number, engine in enumerate(engines)
        ]

    def _add_reading(self, reading: Reading) -> dict[int, pywraplp.Constraint]:
        """By cycle: no more reads than words that have landed; cycles that say nothing are left out."""
        windows = self._windows
        first = min(windows[colour].start for colour, _, _ in reading.issued)
        end = max(windows[colour].stop + latency - 1 for colour, latency, _ in reading.landed)
        rows = {}
        for cycle in range(first, min(end, self._length)):
            terms = [*self._by(reading.issued, cycle, 1.0), *self._by(reading.landed, cycle, -1.0)]
            rows[cycle] = self._row(terms, -self._solver.infinity(), 0.0)
        return rows

    def _by(self, terms: Terms, cycle: int, sign: float) -> Iterator[tuple[pywraplp.Variable, float]]:
        for colour, latency, part in terms:
            number = cycle - latency - self._windows[colour].start
            if number >= 0:
                row = self._issued[colour]
                yield row[min(number, len(row) - 1)], sign * part

    def _row(self, terms: Iterable[tuple[pywraplp.Variable, float]], least: float, most: float) -> pywraplp.Constraint:
        sums: dict[int, float] = defaultdict(float)
        variables = {}
        for variable, part in terms:
            variables[variable.index()] = variable
            sums[variable.index()] += part
        row = self._solver.Constraint(least, most)
        for index, total in sums.items():
            row.SetCoefficient(variables[index], total)
        return row


def readings(prepared: PreparedGraph, classes: Classes) -> Iterator[Reading]:
    """What each class of operations reads from each other: words of scratch, and of memory that is certainly stored."""
    flat, owner = prepared.flat, classes.owner
    stored: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for store, slot, kind in flat.edges.tolist():
        if kind == EdgeKind.READ_AFTER_WRITE and classes.is_only(store):
            stored[owner(slot)[0]].append((store, slot))
    for reader, operation in classes.operations.items():
        slots = range(*(int(flat.implementation_starts[k]) for k in flat.operation_starts[operation : operation + 2]))
        by_word: dict[int, tuple[list[int], list[int]]] = {}
        for slot in slots:
            for version in classes.reads(slot):
                by_word.setdefault(version, (classes.writers.get(version, []), []))[1].append(slot)
        for store, slot in stored[operation]:
            by_word.setdefault(-1 - store, ([store], []))[1].append(slot)
        by_source: dict[int, list[tuple[list[int], list[int]]]] = defaultdict(list)
        for writers, readers in by_word.values():
            if _is_written_once(classes, writers) and (source := owner(writers[0])[0]) != operation:
                by_source[classes.alike.operations[source]].append((writers, readers))
        for source, words in by_source.items():
            yield _averaged(classes, reader, source, words)


def _is_written_once(classes: Classes, writers: list[int]) -> bool:
    """Whether each implementation of the operation that writes a word has one slot that does."""
    if not writers:
        return False
    operation, _ = classes.owner(writers[0])
    first, end = (int(start) for start in classes.flat.operation_starts[operation : operation + 2])
    return [classes.owner(slot)[1] for slot in writers] == list(range(first, end))


def _averaged(classes: Classes, reader: int, source: int, words: list[tuple[list[int], list[int]]]) -> Reading:
    issued: dict[tuple[int, int], float] = defaultdict(float)
    landed: dict[tuple[int, int], float] = defaultdict(float)
    for writers, readers in words:
        alternatives = Counter(classes.owner(slot)[1] for slot in readers)
        for slot in readers:
            issued[classes.alike.slots[slot], 0] += 1 / alternatives[classes.owner(slot)[1]] / len(words)
        for slot in writers:
            landed[classes.alike.slots[slot], int(classes.flat.slot_latencies[slot])] += 1 / len(words)
    terms = [[(*key, part) for key, part in each.items()] for each in (issued, landed)]
    return Reading(reader, source, len(words) * classes.sizes[reader], *terms)


def _wait(reading: Reading, rows: Mapping[int, pywraplp.Constraint]) -> Wait | None:
    """The weight of issuing in a cycle is what its row, and those of all later cycles, cost for a word."""
    weights: list[float] = []
    for cycle in reversed(rows):
        weights.append((weights[-1] if weights else 0.0) + max(0.0, -rows[cycle].dual_value()) / reading.words)
    integers = tuple(round(_SCALE * weight) for weight in reversed(weights))
    if not any(integers):
        return None
    return Wait(reading.reader, reading.source, min(rows), integers)


def _rounded(row: pywraplp.Constraint) -> int:
    return round(_SCALE * max(0.0, -float(row.dual_value())))
