import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from machine.model import load_machine
from problems.problem import check_shape
from problems.tree_hash import TreeHash
from problems.tree_hash.layout import Layout
from problems.tree_hash.problem import BOUNDARY_WORDS, WORD_LIMIT

PROBLEM = TreeHash()
SMALL = {"height": 3, "rounds": 4, "batch": 10}

shapes = st.fixed_dictionaries({"height": st.integers(0, 6), "rounds": st.integers(1, 20), "batch": st.integers(1, 40)})


def data_of(shape: dict[str, int], images: np.ndarray) -> np.ndarray:
    layout = Layout.of(shape)
    return np.concatenate([images[:, 7 : layout.indices_at], images[:, layout.values_at :]], axis=1)


def test_the_default_is_the_headline_shape() -> None:
    assert PROBLEM.default_shape() == {"height": 10, "rounds": 16, "batch": 256}


@pytest.mark.parametrize("shape", [{"height": -1}, {"height": 21}, {"rounds": 0}, {"batch": 0}])
def test_shapes_out_of_range_are_refused(shape: dict[str, int]) -> None:
    with pytest.raises(UserError, match="must be at least"):
        check_shape(PROBLEM, shape)


@given(shape=shapes, count=st.integers(0, 14), seed=st.integers(0, 100))
def test_inputs_are_images_of_the_shape(shape: dict[str, int], count: int, seed: int) -> None:
    layout = Layout.of(shape)
    images = PROBLEM.inputs(shape, count, seed)
    assert images.shape == (count, PROBLEM.memory_words(shape))
    assert images.dtype == np.uint32
    header = [layout.rounds, layout.nodes, layout.batch, layout.height, 7, layout.indices_at, layout.values_at]
    assert (images[:, :7] == header).all()
    assert (images[:, layout.indices_at : layout.values_at] == 0).all()
    assert (data_of(shape, images) < WORD_LIMIT).all()


def test_words_are_below_2_to_the_30() -> None:
    assert WORD_LIMIT == 2**30
    assert set(BOUNDARY_WORDS) == {0, 1, 2**29, 2**30 - 1}


def test_the_first_inputs_hold_one_boundary_word_each() -> None:
    data = data_of(SMALL, PROBLEM.inputs(SMALL, 4, seed=0))
    assert [set(row) for row in data.tolist()] == [{word} for word in BOUNDARY_WORDS]


def test_every_fourth_of_the_others_mixes_boundary_words_with_random_ones() -> None:
    data = data_of(SMALL, PROBLEM.inputs(SMALL, 24, seed=0))
    mixed = np.isin(data, BOUNDARY_WORDS).any(axis=1)
    assert np.flatnonzero(mixed).tolist() == [0, 1, 2, 3, 4, 8, 12, 16, 20]
    assert all(set(BOUNDARY_WORDS) <= set(np.unique(data[4::4])) for _ in range(1))
    assert (~np.isin(data[4::4], BOUNDARY_WORDS)).any(axis=1).all()


def test_random_words_spread_over_the_whole_range() -> None:
    data = data_of(SMALL, PROBLEM.inputs(SMALL, 400, seed=0))
    assert data[5::4].max() > 0.99 * WORD_LIMIT
    assert data[5::4].min() < 0.01 * WORD_LIMIT


def test_inputs_are_the_same_for_the_same_seed_and_differ_between_seeds() -> None:
    first, second, other = (PROBLEM.inputs(SMALL, 9, seed) for seed in (1, 1, 2))
    assert (first == second).all()
    assert (first[4:] != other[4:]).any(axis=1).all()


def test_outputs_are_the_values_and_in_the_other_category_the_indices_too() -> None:
    layout = Layout.of(SMALL)
    values = range(layout.values_at, layout.memory_words)
    assert PROBLEM.outputs(SMALL, "values") == [values]
    assert PROBLEM.outputs(SMALL, "values+indices") == [range(layout.indices_at, layout.values_at), values]


def test_scores_are_known_for_the_headline_shape_alone() -> None:
    headline = PROBLEM.default_shape()
    assert PROBLEM.known_scores(headline, "values")["scalar baseline"] == 147_734
    assert PROBLEM.known_scores(headline, "values+indices")["scalar baseline"] == 147_734
    assert PROBLEM.known_scores({**headline, "batch": 8}, "values") == {}
    assert all(PROBLEM.known_scores(headline, category) for category in PROBLEM.categories)


def test_programs_are_exported_for_the_takehomes_own_machine_alone() -> None:
    machine = load_machine("takehome")
    assert list(PROBLEM.exporters(machine)) == ["takehome"]
    assert PROBLEM.exporters(machine.variant("takehome", slots={"load": 1})) == {}


def test_others_scores_and_forms_of_export_do_not_define_the_problem() -> None:
    names = {path.name for path in PROBLEM.sources()}
    assert "problem.py" in names
    assert names.isdisjoint({"scores.py", "python_file.py"})
