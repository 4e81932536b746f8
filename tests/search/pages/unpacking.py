"""Columns packed within a page, read as its script does."""

import base64
import gzip
from typing import Any

import numpy as np


def unpacked(data: dict[str, Any]) -> dict[str, dict[str, list[int]]]:
    """Tables of columns, by their names."""
    planes = np.frombuffer(gzip.decompress(base64.b64decode(data["packed"])), dtype=np.uint8)
    tables: dict[str, dict[str, list[int]]] = {}
    for name, length, columns in data["layout"]:
        tables[name] = {}
        for column in columns:
            own, planes = planes[: 4 * length], planes[4 * length :]
            steps = own.reshape(4, length).T.copy().view("<i4").reshape(length)
            tables[name][column] = np.cumsum(steps, dtype=np.int32).tolist()
    assert not len(planes)
    return tables
