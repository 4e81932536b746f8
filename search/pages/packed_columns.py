"""Columns of integers as a short text within a page, for ``assets/columns.js`` to unpack.

Each column is turned into the differences from value to value, these into their four bytes, and the first bytes of all
come before the second ones: neighbours are much alike, so that what is left packs well.
"""

import base64
import gzip
from collections.abc import Mapping
from typing import Any

import numpy as np

from machine.graph.dependences import Ints

Table = Mapping[str, Ints]
"""Columns of one length, by name."""


def pack_tables(tables: Mapping[str, Table]) -> dict[str, Any]:
    """Tables as plain data: ``layout`` has name, length and columns of each, in the order of the values ``packed``.

    Args:
        tables: by name; of integers from -2^31 to 2^31 - 1.
    """
    layout = [[name, len(next(iter(table.values()))), list(table)] for name, table in tables.items()]
    planes = b"".join(_planes(column) for table in tables.values() for column in table.values())
    return {"layout": layout, "packed": base64.b64encode(gzip.compress(planes, mtime=0)).decode()}


def _planes(column: Ints) -> bytes:
    steps = np.diff(column.astype(np.int32), prepend=np.int32(0)).astype("<i4")
    return steps.view(np.uint8).reshape(-1, 4).T.tobytes()
