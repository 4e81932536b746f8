"""Costs by engine decide what suits a shape."""

from problems.tree_hash.costs import Work, groups_to_select, work_of_group, work_of_tables
from problems.tree_hash.layout import Layout
from problems.tree_hash.record_tables import Arrangement
from tests.problems.tree_hash.kernels import PROBLEM, TAKEHOME

TABLES = {3: Arrangement.FOLDED, 5: Arrangement.FOLDED, 7: Arrangement.NATURAL}


def work(layout: Layout, groups: int) -> Work:
    return groups * work_of_group(layout, TABLES, 8, with_indices=False) + work_of_tables(TABLES, 8)


def test_computed_selects_even_out_compute_and_flow() -> None:
    compute, flow, load = 7.5, 1, 2
    assert Work(75, 10, 20).balanced(TAKEHOME, 0) == max(75 / compute, 10 / flow, 20 / load)
    assert Work(0, 17, 0).balanced(TAKEHOME, 100) == 2.0
    assert Work(0, 17, 0).balanced(TAKEHOME, 5) == 12.0
    assert Work(0, 17, 60).balanced(TAKEHOME, 100) == 30.0


def test_groups_select_where_loads_bind_and_only_there() -> None:
    deep, headline = Layout(12, 16, 256), Layout(10, 16, 256)
    assert groups_to_select(work(headline, 32), 32, 3, TAKEHOME) == 0
    chosen = groups_to_select(work(deep, 32), 32, 3, TAKEHOME)
    assert 0 < chosen < 32
    knobs = {
        knob.name: knob.default
        for knob in PROBLEM.knobs({"height": 12, "rounds": 16, "batch": 256}, "values", TAKEHOME)
    }
    assert knobs["select.0.3"] == knobs["select.0.4"] == f"even:{chosen}"
    assert knobs["leaf.4"] == "either"


def test_more_loads_make_more_groups_select() -> None:
    base = work(Layout(12, 16, 256), 32)
    chosen = [groups_to_select(base + Work(loads=more), 32, 3, TAKEHOME) for more in (0, 100, 200)]
    assert chosen == sorted(chosen)
    assert chosen[0] < chosen[-1]
