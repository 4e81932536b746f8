"""From entries back to solutions: the same schedule on the same graph, and the shortest entry of a graph."""

from dataclasses import replace
from pathlib import Path

import pytest

from machine.certificates.certificate import Refutation
from machine.errors import UserError
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.board.standing import Standing
from search.bounds.bound import Bound
from search.scheduling.policy import default_policy
from search.strategy.from_board import entry_of_graph, entry_solution, rebuild
from search.tasks.building import build_prepared
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of
from tests.search.strategy.cases import assert_sound, essence


@pytest.fixture
def board(tmp_path: Path) -> Leaderboard:
    board = Leaderboard(tmp_path)
    board.ensure_writable()
    for name in (SMALL_TREE, DOUBLING):
        assert board.add(*entry_of(name))
    return board


@pytest.fixture
def entry(board: Leaderboard) -> Entry:
    return next(entry for entry in board.entries() if entry.problem == SMALL_TREE.problem)


def test_an_entrys_solution_is_its_schedule_with_all_that_is_known_of_it(board: Leaderboard, entry: Entry) -> None:
    solution = entry_solution(board, entry)
    assert essence(solution.incumbent.decision) == essence(entry_of(SMALL_TREE)[1].decision)
    assert (solution.cycles, solution.knobs, solution.bound) == (entry.cycles, entry.knobs, entry.bound)
    assert solution.policy is not None
    assert solution.policy.to_json() == entry.policy
    assert rebuild(board, entry).succeeded
    assert_sound(solution)


def test_an_entry_whose_policy_is_for_other_engines_is_the_users_error(board: Leaderboard, entry: Entry) -> None:
    policy = {**default_policy(TAKEHOME).to_json(), "engine_order": [31]}
    with pytest.raises(UserError, match="the policy is not for the 5 engines of machine takehome"):
        entry_solution(board, replace(entry, policy=policy))


@pytest.mark.parametrize("forged", [10**9, 10**6, 0])
def test_a_bound_that_nothing_proves_is_not_gone_on_from(board: Leaderboard, entry: Entry, forged: int) -> None:
    for certificate in (None, entry.bound.certificate, Refutation("exact", "CP-SAT", forged - 1)):
        stored = replace(entry, bound=Bound(forged, "believe me", certificate))
        assert entry_solution(board, stored).bound == entry.bound


def test_engines_are_served_in_the_order_of_the_entrys_policy_or_in_the_default_one(
    board: Leaderboard, entry: Entry
) -> None:
    default = default_policy(TAKEHOME)
    other = replace(default, engine_order=default.engine_order[::-1])
    served = entry_solution(board, replace(entry, policy=other.to_json()))
    assert (served.policy, served.incumbent.engine_order) == (other, other.engine_order)
    without = entry_solution(board, replace(entry, policy=None))
    assert (without.policy, without.incumbent.engine_order) == (None, default.engine_order)


@pytest.mark.parametrize("what", ["graph", "program"])
def test_an_entry_that_this_version_builds_otherwise_is_the_users_error(
    board: Leaderboard, entry: Entry, what: str
) -> None:
    other = replace(entry, hashes=replace(entry.hashes, **{what: "0" * 64}))
    for build in (rebuild, entry_solution):
        with pytest.raises(UserError, match=f"{entry.id} cannot be rebuilt by this version: `slotsmith reproduce`"):
            build(board, other)


def test_the_entry_of_a_graph_is_for_this_graph_this_task_and_this_machine(board: Leaderboard, entry: Entry) -> None:
    task = SMALL_TREE.load()
    prepared = build_prepared(task, entry.knobs)
    assert entry_of_graph(board, SMALL_TREE, prepared) == entry
    assert entry_of_graph(board, SMALL_TREE, build_prepared(task, {**entry.knobs, "select.0.1": "none"})) is None
    assert entry_of_graph(board, replace(SMALL_TREE, category="values+indices"), prepared) is None
    assert entry_of_graph(board, DOUBLING, prepared) is None


def test_the_shortest_entry_of_a_graph_is_taken_and_of_two_the_one_with_the_higher_bound(
    board: Leaderboard, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = build_prepared(SMALL_TREE.load(), entry.knobs)
    (placed,) = [each for each in board.placed() if each.entry == entry]
    shorter = replace(entry, id="tree_hash-1", cycles=entry.cycles - 1)
    proven = replace(shorter, id="tree_hash-2", bound=Bound(entry.bound.cycles + 1, "a proof"))
    struck = replace(placed, entry=replace(entry, id="tree_hash-3", cycles=1), standing=Standing.STALE)
    entries = [placed, replace(placed, entry=shorter), replace(placed, entry=proven), struck]
    monkeypatch.setattr(board, "placed", lambda: entries)
    assert entry_of_graph(board, SMALL_TREE, prepared) == proven
