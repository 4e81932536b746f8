"""The batch simulator: one program on many inputs at once, compiled with numba.

Inputs that have taken the same path so far form a *group* and run in lockstep; every word is a row of the group's
inputs, so that a slot is one loop over contiguous words.  Where inputs part (a jump taken by some, an error met by
some), the group is split and each part goes on alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from machine import lockstep
from machine.decoded import DecodedProgram, decode_program
from machine.execution import DEFAULT_CYCLE_LIMIT, Execution, Fault, FaultKind
from machine.model import Machine
from machine.program import Program
from machine.scratch_start import scratch_at_start

GROUP_INPUTS = 128
"""Most inputs run together; more no longer fit the cache."""

GROUP_BYTES = 1 << 28
"""Of words in flight, for all inputs that run together: fewer do where vectors and latencies are very long."""

Words = NDArray[np.uint32]


@dataclass(frozen=True)
class BatchExecution:
    """Final states by input; for an input with a fault only the fault is defined.

    Attributes:
        cycles: cycles scored (int64, inputs).
        memory: memory words (inputs x words).
        scratch: scratch words (inputs x words).
        traces: trace words of each input.
        faults: the first error of each input, or ``None``.
    """

    cycles: NDArray[np.int64]
    memory: Words
    scratch: Words
    traces: tuple[Words, ...]
    faults: tuple[Fault | None, ...]

    def __getitem__(self, index: int) -> Execution:
        """The execution of one input."""
        return Execution(
            int(self.cycles[index]),
            self.memory[index].tolist(),
            self.scratch[index].tolist(),
            self.traces[index].tolist(),
            self.faults[index],
        )


def simulate(
    program: Program | DecodedProgram,
    memories: NDArray[Any],
    machine: Machine,
    cycle_limit: int = DEFAULT_CYCLE_LIMIT,
) -> BatchExecution:
    """Run ``program`` on each row of ``memories`` (inputs x words below 2^32; not modified)."""
    decoded = program if isinstance(program, DecodedProgram) else decode_program(program, machine)
    inputs, words = memories.shape
    cycles = np.zeros(inputs, dtype=np.int64)
    memory = np.zeros((inputs, words), dtype=np.uint32)
    scratch = np.zeros((inputs, machine.scratch_words), dtype=np.uint32)
    traces: list[Words] = [np.zeros(0, dtype=np.uint32)] * inputs
    faults: list[Fault | None] = [None] * inputs
    together = _inputs_together(decoded)
    for first in range(0, inputs, together):
        part = np.arange(first, min(first + together, inputs))
        for members, group in _run(decoded, part, memories[part], cycle_limit):
            cycles[members] = group.state[lockstep.CYCLES]
            memory[members] = group.memory.T
            scratch[members] = group.scratch.T
            for column, member in enumerate(members):
                traces[member] = group.trace[: group.state[lockstep.TRACED], column].copy()
                if group.faults[column]:
                    faults[member] = Fault(FaultKind(int(group.faults[column])), int(group.state[lockstep.PC]))
    return BatchExecution(cycles, memory, scratch, tuple(traces), tuple(faults))


def _inputs_together(decoded: DecodedProgram) -> int:
    """How many inputs run together."""
    bytes_per_word = 4 + 8  # the word, and the address that it goes to
    in_flight = decoded.longest * max(1, decoded.most_landing) * bytes_per_word
    return max(1, min(GROUP_INPUTS, GROUP_BYTES // in_flight))


def _new_group(decoded: DecodedProgram, memories: NDArray[Any]) -> lockstep.Group:
    inputs = len(memories)
    ring = decoded.longest
    capacity = max(1, decoded.most_landing)
    return lockstep.Group(
        memory=np.ascontiguousarray(memories.astype(np.uint32).T),
        scratch=np.repeat(scratch_at_start(decoded.machine)[:, np.newaxis], inputs, axis=1),
        trace=np.zeros((0, inputs), dtype=np.uint32),
        pending=np.empty((ring, capacity, inputs), dtype=np.uint32),
        pending_addresses=np.empty((ring, capacity, inputs), dtype=np.int64),
        next_pc=np.zeros(inputs, dtype=np.int64),
        faults=np.zeros(inputs, dtype=np.int64),
        entries=np.zeros((ring, capacity, 3), dtype=np.int64),
        entry_counts=np.zeros(ring, dtype=np.int64),
        state=np.zeros(4, dtype=np.int64),
    )


def _select(group: lockstep.Group, columns: NDArray[np.bool_]) -> lockstep.Group:
    """The inputs in ``columns`` as a group of their own, a copy."""
    shared: dict[str, Any] = {"entries": group.entries, "entry_counts": group.entry_counts, "state": group.state}
    by_input: dict[str, Any] = {name: array for name, array in group._asdict().items() if name not in shared}
    parts = {name: np.ascontiguousarray(array[..., columns]) for name, array in by_input.items()}
    return lockstep.Group(**parts, **{name: array.copy() for name, array in shared.items()})


def _run(
    decoded: DecodedProgram, members: NDArray[np.int64], memories: NDArray[Any], cycle_limit: int
) -> Iterator[tuple[NDArray[np.int64], lockstep.Group]]:
    """Yield groups that have ended, each with its members, until every member has."""
    waiting = [(members, _new_group(decoded, memories))]
    while waiting:
        members, group = waiting.pop()
        status = lockstep.run_group(
            decoded.rows, decoded.starts, decoded.scored, decoded.code, group, decoded.most_traces, cycle_limit
        )
        if status == lockstep.ENDED:
            yield members, group
        elif status == lockstep.TRACE_FULL:
            room = np.zeros((len(group.trace) + 64 + decoded.most_traces, len(members)), dtype=np.uint32)
            waiting.append((members, group._replace(trace=np.concatenate([group.trace, room]))))
        else:
            failed = group.faults != 0
            if failed.any():
                yield members[failed], _select(group, failed)
            for pc in np.unique(group.next_pc[~failed]):
                chosen = ~failed & (group.next_pc == pc)
                part = _select(group, chosen)
                lockstep.land(part, part.state[lockstep.CYCLES])
                part.state[lockstep.PC] = pc
                waiting.append((members[chosen], part))
