"""Explorations: every variant has a named end, and the sentences say what the figures say."""

from functools import cache

import pytest

from machine.errors import UserError
from machine.features import parse_variation
from search.explore.exploration import Exploration, ExploreSettings, explore
from search.explore.exploration_data import exploration_data
from search.explore.variant import Variant, VariantEnd, VariantResult, variants_of
from search.explore.verdict import sentences
from search.strategy.budget import Budget
from search.strategy.step import parse_steps
from search.sweep.executors.executor import Ended
from search.sweep.executors.in_process import InProcess
from search.tasks.task import resolve_task
from tests.search.cases import TAKEHOME
from tests.search.problems import task_name

FEW = ExploreSettings(Budget(schedules=64), inputs=16, steps=parse_steps("random"))


def unwatched(variant: Variant, result: VariantResult, ended: int, of: int) -> None:
    pass


def variants(*texts: str) -> list[Variant]:
    return variants_of(TAKEHOME, [parse_variation(text, TAKEHOME) for text in texts])


@cache
def saxpy() -> Exploration:
    task, name = resolve_task("saxpy", "n=64", None, TAKEHOME)
    chosen = variants("load.slots=1:4", "scratch=8,1024", "lanes=0,8,16", "alu.slots=11", "flow.slots=0")
    return explore(task, name, chosen, FEW, InProcess(), unwatched)


def end_of(found: Exploration, change: str) -> VariantResult:
    return next(row.result for row in found.rows if str(row.variant) == change)


def test_every_variant_has_an_end_and_the_machine_itself_is_none() -> None:
    found = saxpy()
    assert not found.is_interrupted
    assert [str(row.variant) for row in found.rows] == [
        "load.slots=1", "load.slots=3", "load.slots=4", "scratch=8", "scratch=1024", "lanes=0", "lanes=16",
        "alu.slots=11", "flow.slots=0",
    ]  # fmt: skip
    assert end_of(found, "scratch=8").end is VariantEnd.NO_ROOM
    assert end_of(found, "lanes=0").end is VariantEnd.NO_MACHINE
    assert all(row.result.end is VariantEnd.FOUND for row in found.rows if row.result.program)


def test_more_of_anything_never_costs_a_cycle() -> None:
    found = saxpy()
    by_slots = [end_of(found, f"load.slots={slots}").cycles or 0 for slots in (1, 3, 4)]
    assert by_slots == sorted(by_slots, reverse=True)
    assert by_slots[0] > (found.base.cycles or 0) > by_slots[1]


def test_bounds_are_below_cycles() -> None:
    for result in (saxpy().base, *(row.result for row in saxpy().rows)):
        if result.bound is not None:
            assert result.bound.cycles <= (result.cycles or 0)


def test_what_saves_most_comes_first_and_what_has_no_program_last() -> None:
    saved = [saxpy().saved(row) for row in saxpy().ranked]
    assert saved[-2:] == [None, None]
    known = [each for each in saved if each is not None]
    assert known == sorted(known, reverse=True)
    assert known[0] > 0 > known[-1]


def test_the_sentences_name_what_the_figures_say() -> None:
    found = saxpy()
    worth, spare = sentences(found)
    data = exploration_data(found)
    (best,) = [row for row in data["variants"] if f"{row['feature']}={row['value']}" == data["worth_adding"]]
    change = f"{best['feature']} {best['was']} → {best['value']}"
    assert worth.startswith(f"Worth adding: {change}, which saves {best['saved']} of {data['cycles']} cycles")
    assert spare.startswith("Costs no cycle, each by itself: ")
    assert "alu.slots 12 → 11" in spare


def test_where_nothing_saves_a_cycle_that_is_said() -> None:
    task, name = resolve_task("saxpy", "n=64", None, TAKEHOME)
    found = explore(task, name, variants("scratch=3072"), FEW, InProcess(), unwatched)
    assert sentences(found)[0].startswith("No unit is worth adding: none of 1 changes saves a cycle of ")


def test_a_kernel_that_a_variant_cannot_build_says_what_it_lacks() -> None:
    task, name = resolve_task("tree_hash", "height=2,rounds=3,batch=16", None, TAKEHOME)
    found = explore(task, name, variants("flow.slots=0"), FEW, InProcess(), unwatched)
    (row,) = found.rows
    assert row.result.end is VariantEnd.NO_GRAPH
    assert "no engine has 'vselect' or 'select'" in row.result.why


@pytest.mark.parametrize(("problem", "said"), [("Wrong", "wrong results"), ("Astray", "wrong results")])
def test_without_a_program_for_the_machine_itself_there_is_nothing_to_explore(problem: str, said: str) -> None:
    name = task_name(problem)
    with pytest.raises(UserError, match=said):
        explore(name.load(), name, variants("lanes=4"), FEW, InProcess(), unwatched)


class Interrupted(InProcess):
    """An executor that Ctrl-C reaches after some calls."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.left = calls

    def wait(self, seconds: float) -> list[Ended]:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        return super().wait(seconds)


def test_an_interrupt_keeps_the_variants_that_have_ended() -> None:
    task, name = resolve_task("saxpy", "n=64", None, TAKEHOME)
    found = explore(task, name, variants("load.slots=3,4"), FEW, Interrupted(3), unwatched)
    assert found.is_interrupted
    assert [str(row.variant) for row in found.rows] == ["load.slots=3"]


def test_an_interrupt_of_the_first_search_ends_it() -> None:
    task, name = resolve_task("saxpy", "n=64", None, TAKEHOME)
    with pytest.raises(KeyboardInterrupt):
        explore(task, name, variants("load.slots=3"), FEW, Interrupted(0), unwatched)
