"""What can go wrong on disk is the user's error, or is set aside by name."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from tests.search.board.cases import files, filled
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of


def test_a_folder_that_cannot_be_made_is_the_users_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for folder in (file, file / "below"):
        with pytest.raises(UserError, match="cannot write the results folder"):
            Leaderboard(folder).ensure_writable()


def test_a_journal_that_cannot_be_written_is_the_users_error_before_the_search(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(UserError, match="cannot write the results folder"):
        Leaderboard(tmp_path).ensure_writable()


def test_making_sure_leaves_nothing_behind_but_folders_and_a_journal(tmp_path: Path) -> None:
    Leaderboard(tmp_path / "a" / "b").ensure_writable()
    assert files(tmp_path) == ["a/b/journal.jsonl"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-20]),
        lambda path: path.write_bytes(b"\xff\xfe" + path.read_bytes()),
        lambda path: path.write_text("[]"),
        lambda path: path.write_text("{}"),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_bytes(b"\0" * 100),
        lambda path: path.write_bytes(b" " * (17 << 20)),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: path.write_text(path.read_text().replace('"workers": 2', '"workers": NaN')),
        lambda path: path.write_text(path.read_text().replace('"policy": {', '"policy": {"a": {"b": 1},')),
        lambda path: path.write_text(path.read_text().replace('"order": ', '"order": "a lot", "former": ')),
        lambda path: path.write_text(path.read_text().replace('"id": "doubling', '"id": "other')),
    ],
)
def test_damaged_entries_are_set_aside_and_told_by_name(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    board, damaged = filled(tmp_path, DOUBLING, SMALL_TREE), entry_of(DOUBLING)[0].id
    spoil(tmp_path / "entries" / f"{damaged}.json")
    assert board.entries() == [entry_of(SMALL_TREE)[0]]
    (line,) = board.unreadable()
    assert damaged in line
    assert "\n" not in line
    board.ensure_writable()
    board.rewrite_pages()
    with pytest.raises(UserError, match=damaged):
        board.find(damaged)


@pytest.mark.parametrize("what", ["program", "decision"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not gzip"),
        lambda path: path.write_bytes(path.read_bytes()[:-4]),
        lambda path: path.write_bytes(path.read_bytes()[:20] + b"\0" * 20 + path.read_bytes()[40:]),
        lambda path: path.write_bytes(gzip.compress(b"[1, 2")),
        lambda path: path.write_bytes(gzip.compress(b"3")),
        lambda path: path.write_bytes(gzip.compress(b" " * (1 << 28))),
        lambda path: path.write_bytes(gzip.compress(b"[" * 1000)),
        lambda path: (path.unlink(), os.mkfifo(path)),
    ],
)
def test_damaged_programs_and_decisions_are_the_users_error(
    tmp_path: Path, what: str, spoil: Callable[[Path], object]
) -> None:
    board, (entry, _) = filled(tmp_path, DOUBLING), entry_of(DOUBLING)
    spoil(tmp_path / "entries" / f"{entry.id}.{what}.json.gz")
    with pytest.raises(UserError):
        (board.program if what == "program" else board.decision)(entry)


def test_a_file_that_cannot_be_written_whole_is_not_written_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    board = filled(tmp_path, DOUBLING)
    before = files(tmp_path)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match="No space left"):
        board.add(*entry_of(SMALL_TREE))
    assert files(tmp_path) == before
