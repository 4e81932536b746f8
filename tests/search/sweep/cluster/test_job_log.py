"""Results travel in a log, between lines for people, whatever happens to the log on its way."""

import base64
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.sweep.cluster.job_log import END, MARK, Item, JobLog, encode_item
from tests.search.sweep.cluster.sent import read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ITEMS = st.fixed_dictionaries({"kind": st.just("entry"), "what": JSON})
LINES = st.text(st.characters(blacklist_characters="\n\r", blacklist_categories=["Cs"]), max_size=20).filter(
    lambda line: MARK not in line
)


def cut(text: str, places: list[int]) -> list[str]:
    """A text in pieces."""
    ends = sorted(place % (len(text) + 1) for place in places)
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]


def ended(items: list[Any]) -> list[Any]:
    return [*items, {"kind": END, "items": len(items)}]


def big_item(seed: int = 1) -> Item:
    """One that takes several lines."""
    noise = [((seed + step) * 2654435761) % 4294967291 for step in range(4000)]
    return {"kind": "entry", "what": noise}


@given(st.lists(st.one_of(LINES, ITEMS), max_size=8), st.lists(st.integers(0, 10_000), max_size=8))
def test_lines_and_items_arrive_in_order_however_the_log_is_cut(sent: list[str | Item], places: list[int]) -> None:
    items = [each for each in sent if not isinstance(each, str)]
    numbers = iter(range(len(items)))
    text = "".join(f"{each}\n" if isinstance(each, str) else "".join(encode_item(next(numbers), each)) for each in sent)
    log = JobLog()
    found = [each for chunk in cut(text, places) for each in log.feed(chunk)]
    assert found == sent
    assert list(log.finish()) == []
    assert log.damaged == 0
    assert log.missing is None


def test_an_item_of_any_size_goes_in_lines_of_a_readable_one() -> None:
    lines = encode_item(0, big_item())
    assert len(lines) > 3
    assert all(len(line) < 7000 and line.endswith("\n") and line.startswith(MARK) for line in lines)
    log = JobLog()
    assert read(log, reversed(lines)) == ([], [big_item()])


def test_a_log_is_complete_once_its_end_says_so() -> None:
    items = ended([{"kind": "entry"}, {"kind": "journal"}])
    log = JobLog()
    for number, item in enumerate(items):
        assert log.missing is None
        list(log.feed("".join(encode_item(number, item))))
    assert log.missing == 0
    assert log.carries_results


def test_an_item_of_any_size_once_unpacked_is_damaged() -> None:
    bomb = zlib.compress(b'{"kind": "' + b" " * (100 << 20) + b'"}')
    line = encode_item(0, {"kind": "entry"})[0]
    head, text = "0:0:1", base64.b64encode(bomb).decode()
    assert line.startswith(f"{MARK}{head}:")
    log = JobLog()
    assert read(log, [f"{MARK}{head}:{zlib.crc32(f'{head}:{text}'.encode()):08x}:{text}\n"]) == ([], [])
    assert log.damaged == 1


def test_parts_that_never_become_whole_and_lines_without_end_are_not_kept_for_ever() -> None:
    log = JobLog()
    for number in range(3):
        for part in range(12_000):
            head = f"{number}:{part}:15000"
            list(log.feed(f"{MARK}{head}:{zlib.crc32(f'{head}:'.encode()):08x}:\n"))
    assert log.damaged > 0
    pieces = [len(each) for _ in range(40) for each in log.feed("x" * (1 << 16)) if isinstance(each, str)]
    assert len(pieces) == 2
    assert max(pieces) < 2 << 20


def test_a_log_without_results_carries_none() -> None:
    log = JobLog()
    assert read(log, ["hello\n", "wor", "ld"]) == (["hello", "world"], [])
    assert not log.carries_results


def test_an_item_that_comes_twice_is_told_once() -> None:
    lines = encode_item(0, {"kind": "entry"})
    assert read(JobLog(), lines * 2) == ([], [{"kind": "entry"}])


def test_what_others_wrote_into_a_line_is_kept_apart() -> None:
    (line,) = encode_item(0, {"kind": "entry"})
    assert read(JobLog(), ["no end", line, "after\r\n"]) == (["no end", "after"], [{"kind": "entry"}])


@pytest.mark.parametrize("hurt", [1, 3, -2])
def test_an_item_that_lost_a_line_is_missing(hurt: int) -> None:
    lines = encode_item(0, big_item())
    whole = [line for number, line in enumerate(lines) if number != hurt % len(lines)]
    log = JobLog()
    last = encode_item(1, {"kind": END, "items": 1})
    assert read(log, whole + last) == ([], [])
    assert (log.missing, log.damaged) == (1, 0)


@given(st.integers(0, 10_000), st.sampled_from("aZ0+/=:\x00é"))
def test_a_changed_character_never_changes_what_arrives(place: int, character: str) -> None:
    lines = encode_item(0, big_item())
    line = lines[1]
    at = place % (len(line) - 1)
    if line[at] == character:
        return
    lines[1] = line[:at] + character + line[at + 1 :]
    _, items = read(JobLog(), lines)
    assert items in ([], [big_item()])


def line_of(packed: bytes, number: str = "0", part: str = "0", parts: str = "1") -> str:
    """A line with a checksum that is right."""
    body = base64.b64encode(packed).decode()
    checksum = zlib.crc32(f"{number}:{part}:{parts}:{body}".encode())
    return f"{MARK}{number}:{part}:{parts}:{checksum:08x}:{body}\n"


def packed(data: object) -> bytes:
    return zlib.compress(json.dumps(data).encode())


def test_the_lines_made_here_are_lines() -> None:
    assert read(JobLog(), [line_of(packed({"kind": "x"}))]) == ([], [{"kind": "x"}])


HOSTILE = {
    "nothing": MARK + "\n",
    "words": MARK + "not a part of anything\n",
    "no zlib": line_of(b"hello"),
    "no json": line_of(zlib.compress(b"{")),
    "a list": line_of(packed([1])),
    "deep": line_of(zlib.compress(b"[" * 200_000)),
    "cut off": line_of(packed({"kind": "x" * 1000})[:-8]),
    "huge": line_of(zlib.compress(b'"' + b"a" * (1 << 28) + b'"', 1)),
    "negative": line_of(packed({"kind": "x"}), number="-1"),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_item_is_counted_and_the_log_goes_on(text: str) -> None:
    log = JobLog()
    (good,) = encode_item(7, {"kind": "entry"})
    assert read(log, [text, good, "a line\n"]) == (["a line"], [{"kind": "entry"}])
    assert log.damaged == 1


ODD = {
    "part of none": {"parts": "0"},
    "beyond the last": {"part": "3", "parts": "2"},
    "too many": {"parts": "9999999"},
}


@pytest.mark.parametrize("place", ODD.values(), ids=ODD)
def test_parts_of_items_that_cannot_be_are_passed_over(place: dict[str, str]) -> None:
    assert read(JobLog(), [line_of(packed({"kind": "x"}), **place)]) == ([], [])


def test_an_end_that_says_nothing_is_none() -> None:
    log = JobLog()
    assert read(log, encode_item(0, {"kind": END, "items": "all"})) == ([], [])
    assert log.missing is None
