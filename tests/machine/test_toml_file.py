"""TOML files are read up to limits; what is none is told in one line with the place."""

import os
from pathlib import Path

import pytest

from machine.errors import UserError
from machine.toml_file import MOST_BYTES, MOST_PARTS, format_text, parse_toml, read_toml


@pytest.mark.parametrize("dot", [".", " . ", "\t."])
@pytest.mark.parametrize("part", ["a", "-_9", '"a b"', "'='"])
@pytest.mark.parametrize("around", ["{} = 1", "[{}]", "[[{}]]", "x = {{ {} = 1 }}", "x = 1\r\n{} = 1"])
def test_a_key_has_an_end(part: str, dot: str, around: str) -> None:
    parse_toml(around.format(dot.join([part] * MOST_PARTS)), "file x")
    with pytest.raises(UserError, match=r"^file x: a key has more than 64 parts \(at line [12]\)$"):
        parse_toml(around.format(dot.join([part] * (MOST_PARTS + 1))), "file x")


@pytest.mark.parametrize("part", ["a.", '"a".', "a", '"', "a "])
def test_what_is_no_toml_is_refused_at_once(part: str) -> None:
    with pytest.raises(UserError, match=r"^file x: "):
        parse_toml(part * 200_000, "file x")


def test_a_text_with_dots_is_no_key() -> None:
    dots = "..." * 1000
    assert parse_toml(f'# {dots}\na = "{dots}"', "file x") == {"a": dots}


def test_what_cannot_be_read_is_told_with_its_kind_and_path(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large").write_bytes(b"#" * (MOST_BYTES + 1))
    problems = {
        "missing": "No such file or directory",
        ".": "it is no plain file",
        "pipe": "it is no plain file",
        "binary": r"it is not UTF-8 text \(invalid start byte\)",
        "large": "it has 1,048,577 bytes, more than 1,048,576",
    }
    for name, told in problems.items():
        path = tmp_path / name
        with pytest.raises(UserError, match=f"^cannot read list of things {path}: {told}$"):
            read_toml(path, "list of things")


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a = 1", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_toml(tmp_path / "link", "file") == {"a": 1}


@pytest.mark.parametrize("text", ["plain", 'the "odd" one', r"C:\new", "two\nlines\t\x01", "\x7f\x80", "Wörter 🂡", ""])
def test_texts_are_read_as_they_are_written(text: str) -> None:
    assert parse_toml(f"{format_text(text)} = {format_text(text)}", "file x") == {text: text}
