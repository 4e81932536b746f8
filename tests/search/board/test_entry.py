"""Entries: what they say, that they survive JSON, and that they can be built again to the bit."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from machine.errors import UserError
from machine.graph.decision import decision_to_json
from search.board.entry import (
    ENTRY_FORMAT,
    Checked,
    Effort,
    Mark,
    current_versions,
    entry_from_json,
    entry_id,
    graph_digest,
    hashes_of,
    reproduce,
)
from search.bounds.chains_and_work import lower_bound
from search.tasks.building import build_prepared
from search.tasks.task import TaskName
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, FOUND, SMALL_TREE, candidate_of, entry_of

SLOW = TAKEHOME.variant("slow", latencies={("valu", "^"): 3, ("load", "vload"): 2})
NAMES = (DOUBLING, SMALL_TREE, replace(SMALL_TREE, machine=SLOW))


def through_json(data: object) -> Any:
    return json.loads(json.dumps(data))


@pytest.mark.parametrize("name", NAMES)
def test_entries_survive_json(name: TaskName) -> None:
    entry, _ = entry_of(name)
    assert entry_from_json(through_json(entry.to_json())) == entry
    record = {"kind": "search", "trials": 7}
    more = replace(
        entry,
        checked=Checked("digest", "0.1", FOUND),
        other_graph=Mark("it is", FOUND),
        struck=Mark("because", FOUND),
        effort=replace(entry.effort, repeat=record),
        knobs={"a": 1, "b": "c"},
    )
    assert entry_from_json(through_json(more.to_json())) == more


def older(data: dict[str, Any], format_: int) -> dict[str, Any]:
    """What an older version would have written."""
    data = through_json(data)
    for name in ("checked", "other_graph", "rewriting", *(["struck"] if format_ == 1 else [])):
        del data[name]
    data["effort"]["trials"] = data["effort"].pop("schedules")
    if format_ == 1:
        del data["effort"]["repeat"]
    return data | {"format": format_}


@pytest.mark.parametrize("format_", [1, 2])
def test_an_entry_of_an_older_format_is_read_without_what_came_later(format_: int) -> None:
    entry, _ = entry_of(SMALL_TREE)
    assert entry_from_json(older(entry.to_json(), format_)) == replace(entry, format=format_)


def test_an_entry_is_for_the_sources_against_which_it_was_last_checked() -> None:
    entry, _ = entry_of(DOUBLING)
    later = replace(entry, checked=Checked("later", "0.1", FOUND))
    assert (entry.problem_digest, later.problem_digest) == (entry.hashes.problem, "later")
    assert entry.competition == (*entry.key, entry.hashes.problem, entry.hashes.machine)
    assert later.competition == (*entry.key, "later", entry.hashes.machine)


def test_the_id_of_an_entry_depends_on_its_task_program_machine_and_the_problems_sources() -> None:
    entry, _ = entry_of(DOUBLING)
    hashes = entry.hashes
    others = [replace(hashes, **{name: "0" * 64}) for name in ("program", "problem", "machine")]
    ids = [entry_id("doubling", entry.key, each) for each in (hashes, *others)]
    ids += [entry_id("doubling", (*entry.key[:3], "other"), hashes)]
    assert ids[0] == entry.id
    assert len(set(ids)) == len(ids)
    graph = replace(hashes, graph="0" * 64)
    assert entry_id("doubling", entry.key, graph) == entry.id


def test_ids_of_older_formats_leave_the_problems_sources_out() -> None:
    entry, _ = entry_of(DOUBLING)
    other = replace(entry.hashes, problem="0" * 64)
    assert entry_id("doubling", entry.key, entry.hashes, 2) == entry_id("doubling", entry.key, other, 2) != entry.id


@pytest.mark.parametrize(("workers", "hours"), [(0, 2.0), (1, 2.0), (3, 6.0)])
def test_core_hours_are_those_of_every_process_at_work(workers: int, hours: float) -> None:
    assert Effort("list search", 0, 1, 7200.0, workers).core_hours == hours


def test_the_problems_own_name_is_that_of_its_class() -> None:
    assert [entry_of(name)[0].problem_name for name in (DOUBLING, SMALL_TREE)] == ["doubling", "tree_hash"]


def test_an_entry_says_what_it_stands_on() -> None:
    entry, candidate = entry_of(SMALL_TREE)
    assert re.fullmatch("tree_hash-[0-9a-f]{10}", entry.id)
    assert entry.key == ("tree_hash", "height=2,rounds=2,batch=16", "values", "takehome")
    assert entry.shape == {"height": 2, "rounds": 2, "batch": 16}
    assert (entry.cycles, entry.bound) == (candidate.cycles, lower_bound(candidate.prepared))
    assert entry.gap == pytest.approx(entry.cycles / entry.bound.cycles - 1)
    assert (entry.found, entry.format, entry.versions) == (FOUND, ENTRY_FORMAT, current_versions())
    assert {"python", "slotsmith", "numpy", "numba", "ortools"} == set(entry.versions)
    assert entry.hashes.machine == TAKEHOME.digest


def test_one_program_for_several_tasks_has_an_id_for_each() -> None:
    """At this shape every walker is back at the root in the end: both categories have the same graph."""
    back = replace(SMALL_TREE, shape="height=2,rounds=3,batch=16")
    names = [back, replace(back, category="values+indices")]
    names += [replace(name, machine=TAKEHOME.variant("other", slots={"store": 1})) for name in names]
    entries = [entry_of(name)[0] for name in names]
    assert entries[0].hashes.program == entries[1].hashes.program
    assert len({entry.id for entry in entries}) == len(names)


def test_the_task_of_an_entry_is_the_one_it_was_made_for_its_machine_included() -> None:
    for name in NAMES:
        task, made = entry_of(name)[0].task(), name.load()
        assert type(task.problem) is type(made.problem)
        assert (task.shape, task.category) == (made.shape, made.category)
        assert task.machine.digest == made.machine.digest


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_reproduced_to_the_bit(name: TaskName) -> None:
    entry, candidate = entry_of(name)
    again = reproduce(
        entry_from_json(through_json(entry.to_json())), through_json(decision_to_json(candidate.decision))
    )
    assert again.succeeded
    assert again.same == {"program": True, "graph": True, "problem": True, "machine": True}
    assert again.candidate.program.dumps() == candidate.program.dumps()


def test_a_decision_that_was_changed_gives_another_program() -> None:
    entry, candidate = entry_of(SMALL_TREE)
    data = decision_to_json(candidate.decision)
    data["cycles"][-1] += 1
    again = reproduce(entry, data)
    assert not again.succeeded
    assert again.same == {"program": False, "graph": True, "problem": True, "machine": True}


def test_a_decision_of_another_graph_is_the_users_error() -> None:
    entry, _ = entry_of(SMALL_TREE)
    with pytest.raises(UserError, match="another graph"):
        reproduce(entry, decision_to_json(entry_of(DOUBLING)[1].decision))


def test_a_hash_that_differs_is_named() -> None:
    entry, candidate = entry_of(DOUBLING)
    other = replace(entry, hashes=replace(entry.hashes, problem="0" * 64))
    again = reproduce(other, decision_to_json(candidate.decision))
    assert again.succeeded  # graph and program are the same, whatever became of the problem's sources
    assert not again.same["problem"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("id"),
        lambda data: data.pop("format"),
        lambda data: data.update(more=1),
        lambda data: data["bound"].pop("cycles"),
        lambda data: data["validation"].pop("checks"),
        lambda data: data.update(hashes=None),
        lambda data: data.update(effort=[1, 2]),
        lambda data: data.update(struck={"reason": "no"}),
        lambda data: data.update(struck="no"),
        lambda data: data.update(checked={"problem": "no"}),
        lambda data: data.update(other_graph="no"),
        lambda data: data["effort"].update(trials=3),
        lambda data: data.update(format="new"),
        lambda data: data.clear(),
    ],
)
def test_what_is_no_entry_is_the_users_error(spoil: Callable[[dict[str, Any]], object]) -> None:
    data = through_json(entry_of(DOUBLING)[0].to_json())
    spoil(data)
    with pytest.raises(UserError, match="not a leaderboard entry"):
        entry_from_json(data)


@pytest.mark.parametrize("data", [[], None, "text", 3])
def test_what_is_not_even_an_object_is_the_users_error(data: Any) -> None:
    with pytest.raises(UserError, match="not a leaderboard entry"):
        entry_from_json(data)


def test_an_entry_of_a_newer_format_asks_for_a_newer_slotsmith() -> None:
    data = entry_of(DOUBLING)[0].to_json() | {"format": ENTRY_FORMAT + 1}
    with pytest.raises(UserError, match="needs a newer Slotsmith"):
        entry_from_json(data)


def test_an_entry_whose_problem_is_gone_is_the_users_error() -> None:
    with pytest.raises(UserError, match="unknown problem 'gone'"):
        replace(entry_of(DOUBLING)[0], problem="gone").task()


def test_the_hash_of_a_graph_depends_on_all_that_decides_its_programs() -> None:
    prepared = candidate_of(SMALL_TREE)[1].prepared
    digest = graph_digest(prepared.flat, TAKEHOME)
    again = build_prepared(SMALL_TREE.load(), entry_of(SMALL_TREE)[0].knobs)
    assert graph_digest(again.flat, TAKEHOME) == digest
    others = [graph_digest(prepared.flat, SLOW)]
    for field in prepared.flat._fields:
        array = getattr(prepared.flat, field)
        others.append(graph_digest(prepared.flat._replace(**{field: np.append(array.ravel(), 0)}), TAKEHOME))
    assert len({digest, *others}) == len(others) + 1


def test_hashes_of_equal_candidates_are_equal() -> None:
    task, candidate = candidate_of(DOUBLING)
    assert hashes_of(task, candidate) == entry_of(DOUBLING)[0].hashes
