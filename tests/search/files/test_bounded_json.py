"""JSON of others: read with limits on bytes, unpacked bytes, depth and kind of file."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from machine.plain_file import UnreadableError
from search.files.bounded_json import read_bounded

MOST = 1000


def test_what_fits_is_read(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.json", tmp_path / "a.json.gz"
    plain.write_bytes(b'{"a": [1, 2.5, null]}')
    packed.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    assert read_bounded(plain, MOST) == read_bounded(packed, MOST) == {"a": [1, 2.5, None]}


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: path.write_bytes(b" " * (MOST + 1)), "more than 1,000"),
        (lambda path: path.write_bytes(b"[" * 100 + b"]" * 100), "nested too deeply"),
        (lambda path: path.write_bytes(b"[Infinity]"), "Infinity is no number"),
        (lambda path: path.write_bytes(b"\xff"), "not JSON"),
        (os.mkfifo, "no plain file"),
        (lambda path: path.symlink_to(path.with_name("b")), "a link"),
        (lambda path: path.mkdir(), "no plain file"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, write: Callable[[Path], object], said: str) -> None:
    write(tmp_path / "a.json")
    with pytest.raises(UnreadableError, match=said):
        read_bounded(tmp_path / "a.json", MOST)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (gzip.compress(b" " * (1 << 26), mtime=0), "more than"),
        (gzip.compress(b"[1, 2]", mtime=0)[:-4], "no whole gzip"),
        (gzip.compress(b"[1]", mtime=0) + b"more", "no whole gzip"),
        (b"not gzip", "no gzip file"),
    ],
)
def test_archives_are_unpacked_up_to_the_limit(tmp_path: Path, raw: bytes, said: str) -> None:
    (tmp_path / "a.json.gz").write_bytes(raw)
    with pytest.raises(UnreadableError, match=said):
        read_bounded(tmp_path / "a.json.gz", 1 << 20)
