"""Sizes from the lengths of arrays that are given."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from machine.errors import UserError
from machine.nearest import did_you_mean
from problems.language.declarations import ArrayDeclaration, Size


def sizes_of(
    sizes: Mapping[str, Size], arrays: Mapping[str, ArrayDeclaration], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The sizes that are given by name, and those that are the length of an array.

    Raises:
        UserError: a name that is neither, or arrays that do not agree on a size.
    """
    for name in given:
        if name not in sizes and name not in arrays:
            raise UserError(f"there is no size or array '{name}'{did_you_mean(name, [*sizes, *arrays])}")
    found = {name: given[name] for name in sizes if name in given}
    for name, array in arrays.items():
        lengths = np.shape(given[name]) if name in given else ()
        if len(lengths) != len(array.lengths):
            continue
        for declared, length in zip(array.lengths, lengths, strict=True):
            if declared in sizes and found.setdefault(str(declared), length) != length:
                raise UserError(f"array {name} has length {length} where size {declared} is {found[str(declared)]}")
    return found
