"""Tables are read strictly, and what is wrong is told in one line with file and key."""

from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest

from machine.errors import UserError
from machine.strict_table import StrictTable, shown


class Colour(Enum):
    """Something to choose."""

    RED = "red"
    BLUE = "blue"


def table(**values: Any) -> StrictTable:
    return StrictTable(values, "file x")


def test_what_is_there_is_read() -> None:
    read = table(n=3, x=0.5, on=True, colour="blue", line="a b", lines=" a\n b ", name="a-1.b", items=["", "b"])
    assert (read.integer("n", 3, 3), read.positive("n"), read.positive("x"), read.boolean("on")) == (3, 3, 0.5, True)
    assert (read.member("colour", Colour.RED), read.name("name")) == (Colour.BLUE, "a-1.b")
    assert (read.text("line"), read.paragraph("lines"), read.texts("items", 2)) == ("a b", "a b", ["", "b"])
    assert (list(read)[:2], "n" in read, read["n"]) == (["n", "x"], True, 3)


def test_what_is_left_out_has_its_default_or_is_demanded() -> None:
    empty = table()
    assert empty.integer("n", 1, 2, default=None) is empty.boolean("n", default=None) is None
    assert (empty.positive("n", default=9), empty.member("n", Colour.RED)) == (9, Colour.RED)
    assert (empty.name("n", "n"), empty.text("n", default=None), empty.paragraph("n", default="")) == ("n", None, "")
    assert (empty.texts("n", 2, [""]), empty.tables("n", (), 2, [])) == ([""], [])
    assert list(empty.table("n", default={})) == list(empty.dotted("n", default={})) == []
    with pytest.raises(UserError, match=r"^file x: missing key 'n'$"):
        empty.integer("n", 1, 2)
    with pytest.raises(UserError, match=r"^file x: a: missing key 'b'$"):
        table(a={}).table("a").table("b")


READERS: list[tuple[Any, Callable[[StrictTable], object], str]] = [
    (True, lambda read: read.integer("k", 0, 5), "k: must be a whole number from 0 to 5, not true"),
    (1000000, lambda read: read.integer("k", 0, 9999), "k: must be a whole number from 0 to 9,999, not 1000000"),
    (float("inf"), lambda read: read.positive("k"), "k: must be a number above 0 and at most 1e+09, not Infinity"),
    (1, lambda read: read.boolean("k", default=None), "k: must be true or false, not 1"),
    ("green", lambda read: read.member("k", Colour.RED), 'k: must be one of red, blue, not "green"'),
    ([], lambda read: read.member("k", Colour.RED), "k: must be one of red, blue, not []"),
    (5, lambda read: read.text("k", default="5"), "k: must be a text in quotes, not 5"),
    ("abc", lambda read: read.text("k", 2), "k: must have 1 to 2 characters, not 3"),
    (" ", lambda read: read.text("k", default=" "), "k: must have 1 to 1,000 characters, not 0"),
    ("a\nb", lambda read: read.text("k"), 'k: must be printable text on one line, not "a\\nb"'),
    ("\x1b", lambda read: read.paragraph("k"), 'k: must be printable text on one line, not "\\u001b"'),
    ("\n", lambda read: read.paragraph("k", default=""), "k: must have 1 to 1,000 characters, not 0"),
    (
        ".a",
        lambda read: read.name("k"),
        "k: must be of letters and digits, or '-', '_', '.' after the first, not \".a\"",
    ),
    ("ab", lambda read: read.texts("k", 2), 'k: must be a list, not "ab"'),
    ([], lambda read: read.texts("k", 2, []), "k: must have 1 to 2 items, not 0"),
    ([*"abc"], lambda read: read.texts("k", 2), "k: must have 1 to 2 items, not 3"),
    (["a", 5], lambda read: read.texts("k", 2), "k[1]: must be a text in quotes, not 5"),
    (["a", "b", "a"], lambda read: read.texts("k", 3), 'k[2]: "a" is listed twice'),
    (["\x07"], lambda read: read.texts("k", 3), 'k[0]: must be printable text on one line, not "\\u0007"'),
    (3, lambda read: read.table("k"), "k: must be a table, not 3"),
    ({}, lambda read: read.tables("k", (), 2), "k: must be a list of tables, not {}"),
    ([{}, 3], lambda read: read.tables("k", (), 2), "k[1]: must be a table, not 3"),
    ([{}, {"a": 1}], lambda read: read.tables("k", ("b",), 2), "k[1].a: unknown key: use b"),
    (
        [{"a b": {}}],
        lambda read: read.tables("k", (), 2)[0].table("a b", ("c",)).text("c"),
        "k[0].\"a b\": missing key 'c'",
    ),
    ({"lenght": 1}, lambda read: read.table("k", ("width", "length")), "k.lenght: unknown key: did you mean 'length'?"),
    ({"z": 1}, lambda read: read.table("k", [f"a{n}" for n in range(9)]), "k.z: unknown key: use a0, a1, a2, a3, a4"),
    (
        {"a": {"b": 7}},
        lambda read: read.dotted("k").integer("a.b", 1, 2),
        'k."a.b": must be a whole number from 1 to 2',
    ),
]


@pytest.mark.parametrize(("value", "read", "message"), READERS, ids=[message for _, _, message in READERS])
def test_what_is_wrong_is_told_with_file_and_key(
    value: Any, read: Callable[[StrictTable], object], message: str
) -> None:
    with pytest.raises(UserError) as caught:
        read(table(k=value))
    assert str(caught.value).startswith(f"file x: {message}")
    assert "\n" not in str(caught.value)


def test_names_with_dots_are_read_with_quotes_and_without() -> None:
    dotted = table(k={"a": {"b": 1, "c": {}}, "a.d": 2}).dotted("k")
    assert {name: dotted[name] for name in dotted} == {"a.b": 1, "a.c": {}, "a.d": 2}


def test_errors_of_others_are_told_with_the_place_that_they_are_about() -> None:
    with (
        pytest.raises(UserError, match=r"^file x: k\[3\]: for y: no such thing$"),
        table().about("k", 3, note="for y: "),
    ):
        raise UserError("no such thing")


def test_a_value_that_cannot_be_printed_is_told_by_its_type() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert shown(deep) == "a list"
    assert shown("x" * 1000) == '"' + "x" * 36 + "..."
