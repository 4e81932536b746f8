"""The journal: nothing that was written whole is lost, whatever happens beside it."""

import json
import multiprocessing
from pathlib import Path

import pytest

from search.files.journal_file import JOURNAL_FORMAT, append, read


def test_records_come_back_oldest_first_with_their_format(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    append(path, {"cycles": 7})
    append(path, {"cycles": 5, "text": "two\nlines, and ünicode\u2028"})
    assert list(read(path)) == [
        {"format": JOURNAL_FORMAT, "cycles": 7},
        {"format": JOURNAL_FORMAT, "cycles": 5, "text": "two\nlines, and ünicode\u2028"},
    ]


def test_each_record_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for number in range(3):
        append(path, {"text": "a\nb", "number": number})
    assert path.read_text().count("\n") == len(path.read_text().splitlines()) == 3


def test_a_journal_that_is_not_there_has_no_records(tmp_path: Path) -> None:
    assert list(read(tmp_path / "journal.jsonl")) == []


@pytest.mark.parametrize("torn", [b'{"format":1,"cyc', b'{"a":"\xc3', b"{", b'"text', b"12", b"\0\0\0"])
def test_a_torn_last_line_is_passed_over_and_does_not_swallow_the_next_record(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    append(path, {"number": 1})
    with path.open("ab") as file:
        file.write(torn)
    assert [record["number"] for record in read(path)] == [1]
    append(path, {"number": 2})
    append(path, {"number": 3})
    assert [record["number"] for record in read(path)] == [1, 2, 3]


def test_every_way_of_tearing_a_record_keeps_the_others(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    append(path, {"number": 1, "inner": {"a": [1, 2]}})
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole + whole[:length])
        append(path, {"number": 2})
        numbers = [record["number"] for record in read(path)]
        assert numbers == ([1, 1, 2] if length == len(whole) - 1 else [1, 2])  # all but the line's end is a record


def test_lines_that_are_no_records_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('\n[]\nnull\n"text"\n{"number":1}\nnot json\n')
    assert [record["number"] for record in read(path)] == [1]


def test_records_of_other_formats_are_given_as_they_are(tmp_path: Path) -> None:
    """What they mean is for the reader to know: each record says its format."""
    path = tmp_path / "journal.jsonl"
    path.write_text(json.dumps({"format": JOURNAL_FORMAT + 1, "new": True}) + "\n")
    append(path, {"number": 2})
    assert [record["format"] for record in read(path)] == [JOURNAL_FORMAT + 1, JOURNAL_FORMAT]


def _append_many(path: Path, writer: int, count: int) -> None:
    for number in range(count):
        append(path, {"writer": writer, "number": number, "filling": "x" * (97 * number % 10_000)})


def test_processes_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_append_many, args=(path, writer, 100)) for writer in range(3)]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    assert [process.exitcode for process in writers] == [0, 0, 0]
    records = list(read(path))
    assert len(records) == 300
    for writer in range(3):
        assert [record["number"] for record in records if record["writer"] == writer] == list(range(100))
