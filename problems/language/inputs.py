"""Memory images for arrays: boundary values first, then random words with boundary values among them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from problems.language.declarations import WORD_LIMIT, Placed, Use
from problems.problem import Memories

BOUNDARY_WORDS = (0, 1, 2**31 - 1, 2**31, 2**32 - 1)


def memory_images(arrays: Mapping[str, Placed], count: int, seed: int) -> Memories:
    """``count`` images; words of outputs are random, for a kernel may not count on them."""
    random = np.random.default_rng(seed)
    words = max((array.words.stop for array in arrays.values()), default=0)
    images = np.zeros((count, words), dtype=np.uint64)
    for array in arrays.values():
        images[:, array.words.start : array.words.stop] = _words_of(array, count, random)
    return images.astype(np.uint32)


def allowed_image(arrays: Mapping[str, Placed], memory: Memories) -> Memories:
    """A memory image as declarations allow it: fixed words as they are, others out of range the least."""
    image = memory.copy()
    for array in arrays.values():
        words = slice(array.words.start, array.words.stop)
        if array.fixed is not None:
            image[words] = array.fixed
            continue
        least = np.uint32(array.least % WORD_LIMIT)
        above = image[words] - least  # modulo 2^32: signed words count from the least, too
        above[above > np.uint32(array.below - array.least - 1)] = 0
        image[words] = (np.sort(above) if array.ascending else above) + least
    return image


def _words_of(array: Placed, count: int, random: np.random.Generator) -> NDArray[np.uint64]:
    if array.fixed is not None:
        return np.broadcast_to(np.array(array.fixed, dtype=np.uint64), (count, len(array.fixed)))
    limit, size = array.below - array.least, len(array.words)
    words = random.integers(0, limit, (count, size), dtype=np.uint64)
    if array.use is not Use.OUTPUT:
        boundary = np.array(_boundary(array), dtype=np.uint64)
        same = min(count, len(boundary))
        words[:same] = boundary[:same, None]
        chosen = random.choice(boundary, (count, size))
        mixed = random.random((count, size)) < 0.5
        mixed[:same] = False
        mixed[::2] = False
        words = np.where(mixed, chosen, words)
    assert limit <= WORD_LIMIT
    words = np.sort(words, axis=1) if array.ascending else words
    return words + np.uint64(array.least % WORD_LIMIT) & np.uint64(WORD_LIMIT - 1)


def _boundary(array: Placed) -> list[int]:
    """Boundary values, counted from the least."""
    signed = (array.least, -1, 0, 1, array.below - 1)
    words = signed if array.least < 0 else BOUNDARY_WORDS
    return [min(max(word, array.least), array.below - 1) - array.least for word in words]
