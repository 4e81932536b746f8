"""``tree_hash`` in numpy: what every program must reproduce."""

import numpy as np
from numpy.typing import NDArray

from problems.problem import Memories
from problems.tree_hash.layout import HEADER_WORDS, Layout

HASH_STAGES = (
    ("+", 0x7ED55D16, "+", "<<", 12),
    ("^", 0xC761C23C, "^", ">>", 19),
    ("+", 0x165667B1, "+", "<<", 5),
    ("+", 0xD3A2646C, "^", "<<", 9),
    ("+", 0xFD7046C5, "+", "<<", 3),
    ("^", 0xB55A4F09, "^", ">>", 16),
)
"""Each stage is ``a <- (a op1 c) op2 (a op3 k)``, as (op1, c, op2, op3, k)."""

_APPLY = {"+": np.add, "^": np.bitwise_xor, "<<": np.left_shift, ">>": np.right_shift}


def hash_words(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The hash of each word; uint32 arithmetic wraps."""
    for op1, c, op2, op3, k in HASH_STAGES:
        words = _APPLY[op2](_APPLY[op1](words, np.uint32(c)), _APPLY[op3](words, np.uint32(k)))
    return words


def final_memories(layout: Layout, memories: Memories) -> Memories:
    """Memory images after all rounds: values and indices changed, the rest as it was."""
    final = memories.copy()
    nodes = memories[:, HEADER_WORDS : HEADER_WORDS + layout.nodes]
    indices = memories[:, layout.indices_at : layout.indices_at + layout.batch].astype(np.int64)
    values = memories[:, layout.values_at :]
    for _ in range(layout.rounds):
        values = hash_words(values ^ np.take_along_axis(nodes, indices, axis=1))
        indices = 2 * indices + np.where(values % 2 == 0, 1, 2)
        indices[indices >= layout.nodes] = 0
    final[:, layout.indices_at : layout.indices_at + layout.batch] = indices
    final[:, layout.values_at :] = values
    return final
