"""The legality checker: whether a program is a true schedule of a graph.

It shares no code with schedulers, allocation or emission.  It walks the program cycle by cycle with a *tag* in each
scratch word, which says which operation wrote which word of which buffer there, and demands that every read meets the
tag it would meet if the graph ran in order.  Memory accesses are compared by their declared ranges.

What it accepts is the definition of a schedule, which bounds and models rest on:

* every operation is issued, by one of its implementations, whether anything reads its results or not;
* the writes of a word land in the order of the graph, whether they are read or not;
* a buffer is held whole: from the cycle after the first landing in any of its words (from the start, if it is zero) to
  the last read or landing, no other buffer has any of its words.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from machine.graph.decision import Decision
from machine.graph.operation import Graph, Implementation, Operand, SlotRun
from machine.model import Machine
from machine.program import Program, Slot

Tag = tuple[int, int, int]
"""(buffer, word of the buffer, operation that wrote it)."""


def check_slots(program: Program, machine: Machine) -> list[str]:
    """What is wrong with the program's slots on ``machine``, whatever its input; empty if nothing."""
    problems = []
    for index, bundle in enumerate(program.bundles):
        for name, slots in bundle.items():
            engine = machine.engines.get(name)
            if engine is None:
                problems.append(f"bundle {index}: unknown engine '{name}'")
                continue
            if not engine.free and len(slots) > engine.slots:
                problems.append(f"bundle {index}: {len(slots)} slots on {name}, which has {engine.slots}")
            for slot in slots:
                opcode = engine.opcodes.get(slot[0])
                if opcode is None:
                    problems.append(f"bundle {index}: engine {name} has no opcode '{slot[0]}'")
                elif len(slot) - 1 != len(opcode.operands):
                    problems.append(
                        f"bundle {index}: {slot[0]} takes {len(opcode.operands)} operands, not {len(slot) - 1}"
                    )
                else:
                    for _, first, words in opcode.scratch_accesses(slot[1:], machine.vector_length):
                        if not 0 <= first <= machine.scratch_words - words:
                            problems.append(f"bundle {index}: {slot[0]} uses scratch {first}..{first + words - 1}")
    return problems


def check_decision(graph: Graph, decision: Decision, program: Program) -> list[str]:
    """What is wrong with ``program`` as the schedule ``decision`` of ``graph``; empty if nothing."""
    problems = [*check_slots(program, graph.machine), *_check_choices(graph, decision)]
    if problems:
        return problems
    issues = list(_issues(graph, decision))
    problems = _check_bundles(graph, issues, program)
    if problems:
        return problems
    issues = list(_in_program_order(graph, issues, program))
    return [
        *_check_tags(graph, issues),
        *_check_memory(graph, issues),
        *_check_overwriting(graph, issues),
        *_check_lifetimes(graph, decision, issues),
    ]


def _check_choices(graph: Graph, decision: Decision) -> Iterator[str]:
    """Each operation has one of its implementations."""
    for number, (operation, choice) in enumerate(
        zip(graph.operations, decision.schedule.implementations.tolist(), strict=True)
    ):
        if choice < 0:
            yield f"operation {number} ({operation.name}) is left out"
        elif choice >= len(operation.implementations):
            yield f"operation {number} ({operation.name}) has no implementation {choice}"


@dataclass(frozen=True, slots=True)
class _Issue:
    """A slot of the graph as issued: what it is, when, and which words it reads and writes, as (address, word)."""

    operation: int
    run: SlotRun
    lane: int
    cycle: int
    slot: Slot
    reads: tuple[tuple[int, tuple[int, int]], ...]
    writes: tuple[tuple[int, tuple[int, int]], ...]


def _issues(graph: Graph, decision: Decision) -> Iterator[_Issue]:
    """Every slot that the decision issues, in graph order."""
    cycles = decision.schedule.cycles.tolist()
    addresses = decision.addresses.tolist()
    position = 0
    for number, operation in enumerate(graph.operations):
        choice = int(decision.schedule.implementations[number])
        for implementation_number, implementation in enumerate(operation.implementations):
            for run in implementation.runs:
                for lane in range(run.count):
                    if implementation_number == choice:
                        yield _issue(graph, number, run, lane, cycles[position], addresses)
                    position += 1


def _issue(graph: Graph, operation: int, run: SlotRun, lane: int, cycle: int, addresses: list[int]) -> _Issue:
    slot: list[str | int] = [run.opcode.name]
    reads: list[tuple[int, tuple[int, int]]] = []
    writes: list[tuple[int, tuple[int, int]]] = []
    for role, operand in zip(run.opcode.roles, run.operands, strict=True):
        if not isinstance(operand, Operand):
            slot.append(operand)
            continue
        first = operand.offset + lane * operand.stride
        base = addresses[operand.buffer]
        slot.append(base + first)
        words = graph.machine.vector_length if role.is_vector else 1
        touched = writes if role.is_written else reads
        touched.extend((base + word, (operand.buffer, word)) for word in range(first, first + words))
    return _Issue(operation, run, lane, cycle, tuple(slot), tuple(reads), tuple(writes))


def _check_bundles(graph: Graph, issues: list[_Issue], program: Program) -> list[str]:
    """The program holds exactly the decided slots, each in its cycle."""
    decided: dict[tuple[int, str], Counter[Slot]] = defaultdict(Counter)
    for issue in issues:
        if issue.cycle < 0:
            return [f"operation {issue.operation}: a slot of the chosen implementation is never issued"]
        decided[issue.cycle, issue.run.opcode.engine][issue.slot] += 1
    free = {engine.name for engine in graph.machine.engines.values() if engine.free}
    needed = max((cycle + 1 for cycle, _ in decided), default=0)
    problems = []
    for cycle, bundle in enumerate(program.bundles):
        if all(name in free for name in bundle):
            problems.append(f"bundle {cycle} costs no cycle")
        for name, slots in bundle.items():
            if name not in free and Counter(map(tuple, slots)) != decided.pop((cycle, name), Counter()):
                problems.append(f"bundle {cycle}: the slots of {name} are not those decided")
    problems.extend(f"bundle {cycle}: slots of {name} are missing" for cycle, name in decided)
    problems.extend(f"bundle {cycle} comes after all that is decided" for cycle in range(needed, len(program.bundles)))
    return problems


def _expected_tags(graph: Graph) -> list[dict[tuple[int, int], Tag | None]]:
    """For each operation, the tag that each word it may read has when the graph runs in order."""
    written_by: dict[tuple[int, int], Tag] = {}
    expected = []
    for number, operation in enumerate(graph.operations):
        reads: dict[tuple[int, int], Tag | None] = {}
        writes: dict[tuple[int, int], Tag] = {}
        for implementation in operation.implementations:
            for word, is_written in _words(graph, implementation):
                if is_written:
                    writes[word] = (*word, number)
                else:
                    reads[word] = written_by.get(word)
        written_by.update(writes)
        expected.append(reads)
    return expected


def _words(graph: Graph, implementation: Implementation) -> Iterator[tuple[tuple[int, int], bool]]:
    """Words that an implementation touches, and whether it writes them."""
    for run in implementation.runs:
        for role, operand in zip(run.opcode.roles, run.operands, strict=True):
            if isinstance(operand, Operand):
                words = graph.machine.vector_length if role.is_vector else 1
                for lane in range(run.count):
                    first = operand.offset + lane * operand.stride
                    for word in range(first, first + words):
                        yield (operand.buffer, word), role.is_written


def _in_program_order(graph: Graph, issues: list[_Issue], program: Program) -> Iterator[_Issue]:
    """The issued slots as the program lists them; of equal slots the earlier operation's comes first."""
    waiting: dict[tuple[int, str, Slot], list[_Issue]] = defaultdict(list)
    for issue in reversed(issues):
        waiting[issue.cycle, issue.run.opcode.engine, issue.slot].append(issue)
    for cycle, bundle in enumerate(program.bundles):
        for name, slots in bundle.items():
            if not graph.machine.engines[name].free:
                for slot in slots:
                    yield waiting[cycle, name, tuple(slot)].pop()


def _check_tags(graph: Graph, issues: list[_Issue]) -> list[str]:
    """Every read meets the write it was meant to meet."""
    expected = _expected_tags(graph)
    tags: dict[int, Tag] = {}
    landing: dict[int, list[tuple[int, Tag]]] = defaultdict(list)
    problems = []
    cycle = 0
    for issue in issues:
        while cycle < issue.cycle:
            tags.update(landing.pop(cycle, ()))
            cycle += 1
        for address, word in issue.reads:
            meant = expected[issue.operation][word]
            if tags.get(address) != meant:
                buffer, label = graph.buffers[word[0]].name, graph.operations[issue.operation].name
                problems.append(
                    f"cycle {cycle}: operation {issue.operation} ({label}) reads word {word[1]} of {buffer} "
                    f"at {address} and finds {tags.get(address)}, not {meant}"
                )
        lands = cycle + graph.machine.latency(issue.run.opcode) - 1
        landing[lands].extend((address, (*word, issue.operation)) for address, word in issue.writes)
    return problems


def _check_memory(graph: Graph, issues: list[_Issue]) -> list[str]:
    """Accesses whose ranges overlap keep their order: loads see what they should, stores land in order."""
    rows = []
    for place, issue in enumerate(issues):
        memory = issue.run.memory
        if memory is not None:
            shift = issue.lane * memory.stride
            lands = issue.cycle + graph.machine.latency(issue.run.opcode) - 1
            stores = issue.run.opcode.writes_memory
            start, stop = memory.start + shift, memory.stop + shift
            rows.append((place, issue.operation, issue.lane, issue.cycle, lands, start, stop, stores))
    if not rows:
        return []
    table = np.array(rows, dtype=np.int64)
    place, operation, lane, cycle, lands, start, stop, stores = table.T
    problems = []
    for store in np.flatnonzero(stores):
        overlap = (start < stop[store]) & (start[store] < stop)
        loads = overlap & (stores == 0)
        early = loads & (operation > operation[store]) & (cycle <= lands[store])
        late = loads & (operation <= operation[store]) & (cycle > lands[store])
        follows = (operation > operation[store]) | ((operation == operation[store]) & (lane > lane[store]))
        overwritten = (lands < lands[store]) | ((lands == lands[store]) & (place < place[store]))
        passed = overlap & (stores == 1) & follows & overwritten
        for other in np.flatnonzero(early | late | passed):
            problems.append(
                f"memory {start[store]}..{stop[store] - 1}: operation {operation[store]} stores in cycle "
                f"{cycle[store]} out of order with operation {operation[other]} in cycle {cycle[other]}"
            )
    return problems


def _check_overwriting(graph: Graph, issues: list[_Issue]) -> list[str]:
    """The writes of a word land in the order of the graph; of those that land together, the last listed is kept."""
    latest: dict[tuple[int, int], int] = {}
    problems = []
    for issue in sorted(issues, key=lambda issue: _landing(graph, issue)):
        for _, word in issue.writes:
            if latest.get(word, -1) > issue.operation:
                buffer, label = graph.buffers[word[0]].name, graph.operations[issue.operation].name
                problems.append(
                    f"cycle {issue.cycle}: operation {issue.operation} ({label}) writes word {word[1]} of {buffer} "
                    f"after operation {latest[word]} has"
                )
            latest[word] = max(latest.get(word, -1), issue.operation)
    return problems


def _check_lifetimes(graph: Graph, decision: Decision, issues: list[_Issue]) -> list[str]:
    """No two buffers have a word of scratch at one time."""
    count = len(graph.buffers)
    begins = np.full(count, np.iinfo(np.int64).max, dtype=np.int64)
    ends = np.full(count, -1, dtype=np.int64)
    for issue in issues:
        landed = _landing(graph, issue)
        for buffer in {word[0] for _, word in issue.reads}:
            ends[buffer] = max(ends[buffer], issue.cycle)
        for buffer in {word[0] for _, word in issue.writes}:
            begins[buffer] = min(begins[buffer], landed)
            ends[buffer] = max(ends[buffer], landed)
    begins[[buffer.number for buffer in graph.buffers if buffer.zero]] = 0
    words = np.array([buffer.words for buffer in graph.buffers], dtype=np.int64)
    first, used = decision.addresses, np.flatnonzero(ends >= 0)
    problems = []
    for one in used:
        others = used[used > one]
        shared = (first[others] < first[one] + words[one]) & (first[one] < first[others] + words[others])
        together = (begins[others] <= ends[one]) & (begins[one] <= ends[others])
        problems += [
            f"buffers {graph.buffers[one].name} and {graph.buffers[other].name} have a word of scratch at one time"
            for other in others[shared & together]
        ]
    return problems


def _landing(graph: Graph, issue: _Issue) -> int:
    """The cycle from which the results of a slot are read."""
    return issue.cycle + graph.machine.latency(issue.run.opcode)
