"""Assembly of candidates and of every entry of the leaderboard reads back to the same program."""

from pathlib import Path

import pytest

from machine.assembly import read_assembly, write_assembly
from machine.model import Machine
from search.board.entry import Entry, reproduce
from search.board.leaderboard import Leaderboard
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.tasks.candidate import make_candidate
from search.tasks.program_text import assembly_of
from tests.search.cases import machines, random_prepared

BOARD = Leaderboard(Path(__file__).parents[3] / "results")

LONGEST_WITH_NAMES = 2000
"""Cycles; the board has shorter programs of the same kernels, whose names and lines are of the same kinds."""


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_candidates_read_back_with_all_their_names(machine: Machine) -> None:
    for seed in range(4):
        prepared = random_prepared(seed, machine)
        candidate = make_candidate(prepared, decide(prepared, default_policy(machine)))
        text = assembly_of(candidate, "random")
        assert read_assembly(text, "text").digest == candidate.program.digest
        used = {buffer.name for buffer in prepared.graph.buffers if candidate.decision.addresses[buffer.number] >= 0}
        assert text.count("\n.buffer ") >= len(used)


def test_slots_have_names_and_lines() -> None:
    prepared = random_prepared(0)
    candidate = make_candidate(prepared, decide(prepared, default_policy(prepared.machine)))
    lines = assembly_of(candidate, "random").splitlines()
    slots = [line for line in lines if line.startswith("    ")]
    assert all(".py:" in line for line in slots if ";" in line)
    assert sum(";" in line for line in slots) == int((candidate.decision.schedule.cycles >= 0).sum())


def text_of(entry: Entry) -> str:
    """Its assembly, with names and lines where its graph can be built; of very long programs the plain one."""
    if entry.cycles <= LONGEST_WITH_NAMES:
        again = reproduce(entry, BOARD.decision(entry))
        if again.same["graph"]:
            return assembly_of(again.candidate, entry.id)
    return write_assembly(BOARD.program(entry))


@pytest.mark.slow
@pytest.mark.parametrize("entry", BOARD.entries(), ids=lambda entry: entry.id)
def test_every_entry_reads_back(entry: Entry) -> None:
    assert read_assembly(text_of(entry), entry.id).digest == entry.hashes.program
