import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.opcodes import ARITHMETIC
from problems.tree_hash import TreeHash
from problems.tree_hash.layout import Layout
from problems.tree_hash.reference import HASH_STAGES, final_memories, hash_words
from tests.recorded import TreeHashCase, tree_hash_cases

PROBLEM = TreeHash()


def test_there_are_20_recorded_cases() -> None:
    assert len(tree_hash_cases()) == 20


@pytest.mark.parametrize("case", tree_hash_cases(), ids=lambda case: case.name)
def test_the_reference_reproduces(case: TreeHashCase) -> None:
    layout = Layout.of(case.shape)
    (final,) = PROBLEM.reference(case.shape, np.array([case.memory], dtype=np.uint32)).tolist()
    assert final[layout.indices_at : layout.values_at] == case.indices
    assert final[layout.values_at :] == case.values
    assert final[: layout.indices_at] == case.memory[: layout.indices_at]


def plain_hash(word: int) -> int:
    """As the specification has it, one word at a time."""
    for op1, c, op2, op3, k in HASH_STAGES:
        word = ARITHMETIC[op2](ARITHMETIC[op1](word, c), ARITHMETIC[op3](word, k))
    return word


@given(word=st.integers(0, 2**32 - 1))
def test_hashes_equal_plain_arithmetic(word: int) -> None:
    assert hash_words(np.array([word], dtype=np.uint32)).tolist() == [plain_hash(word)]


@given(
    height=st.integers(0, 5),
    rounds=st.integers(1, 15),
    batch=st.integers(1, 9),
    seed=st.integers(0, 1000),
)
def test_the_reference_equals_the_loop_of_the_specification(height: int, rounds: int, batch: int, seed: int) -> None:
    shape = {"height": height, "rounds": rounds, "batch": batch}
    memories = PROBLEM.inputs(shape, 5, seed)
    final = PROBLEM.reference(shape, memories)
    for memory, found in zip(memories.tolist(), final.tolist(), strict=True):
        rounds_, n_nodes, batch_, _, nodes_at, indices_at, values_at = memory[:7]
        for _ in range(rounds_):
            for i in range(batch_):
                value = plain_hash(memory[values_at + i] ^ memory[nodes_at + memory[indices_at + i]])
                index = 2 * memory[indices_at + i] + (1 if value % 2 == 0 else 2)
                memory[values_at + i], memory[indices_at + i] = value, 0 if index >= n_nodes else index
        assert found == memory


def test_the_images_given_are_not_modified() -> None:
    memories = PROBLEM.inputs({"height": 2, "rounds": 3, "batch": 4}, 2, 0)
    before = memories.copy()
    final_memories(Layout(2, 3, 4), memories)
    assert (memories == before).all()
