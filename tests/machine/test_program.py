import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from machine.program import Program, load_program, program_from_json, read_json
from tests.recorded import machine_cases

slots = st.tuples(st.sampled_from(("+", "load", "nope", "comment")), st.integers(), st.integers()).map(list)
bundles = st.dictionaries(st.sampled_from(("alu", "load", "flow", "debug", "gpu")), st.lists(slots, max_size=3))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(data=st.lists(bundles, max_size=5))
def test_json_round_trip_keeps_the_order_of_engines(data: list[dict[str, Any]]) -> None:
    program = program_from_json(data)
    text = program.dumps()
    again = program_from_json(json.loads(text))
    assert again == program
    assert [list(bundle) for bundle in again.bundles] == [list(bundle) for bundle in data]
    assert json.loads(text) == program.to_json() == data


def test_the_recorded_programs_survive_the_round_trip() -> None:
    for case in machine_cases():
        assert program_from_json(json.loads(case.program.dumps())).dumps() == case.program.dumps()


def test_the_digest_tells_programs_apart_engine_order_included() -> None:
    programs = [
        [],
        [{}],
        [{"alu": []}],
        [{"alu": [], "load": []}],
        [{"load": [], "alu": []}],
        [{"alu": [["+", 1, 2, 3]]}],
        [{"alu": [["+", 1, 2, 4]]}],
    ]
    assert len({program_from_json(data).digest for data in programs}) == len(programs)
    assert program_from_json(programs[-1]).digest == Program(({"alu": (("+", 1, 2, 4),)},)).digest


def test_debug_operands_may_be_anything() -> None:
    data = [{"debug": [["comment", "text"], ["compare", 3, ["key", 1]], ["vcompare", None, {"a": 1.5}]]}]
    assert program_from_json(data).to_json() == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "list of bundles"),
        (None, "list of bundles"),
        ("[]", "list of bundles"),
        ([{}, []], "bundle 1: expected an object"),
        ([None], "bundle 0: expected an object"),
        ([{"alu": {}}], "bundle 0, engine alu: expected a list"),
        ([{"alu": "+"}], "bundle 0, engine alu: expected a list"),
        ([{"alu": ["+"]}], "starts with its opcode's name"),
        ([{"alu": [[]]}], "starts with its opcode's name"),
        ([{"alu": [[1, 2, 3]]}], "starts with its opcode's name"),
        ([{"alu": [[["+"], 2, 3]]}], "starts with its opcode's name"),
        ([{"alu": [["+", 1, 2, "3"]]}], r"operands of \+ must be integers"),
        ([{"alu": [["+", 1, 2, 3.0]]}], r"operands of \+ must be integers"),
        ([{"alu": [["+", 1, 2, True]]}], r"operands of \+ must be integers"),
        ([{"alu": [["+", 1, 2, None]]}], r"operands of \+ must be integers"),
        ([{"alu": [["nope", "x"]]}], "operands of nope must be integers"),
    ],
)
def test_what_is_not_a_program_is_a_user_error_that_says_where(data: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        program_from_json(data)


@given(data=json_values)
def test_any_json_is_a_program_or_a_user_error_of_one_line(data: object) -> None:
    try:
        assert isinstance(program_from_json(data), Program)
    except UserError as error:
        assert len(str(error).splitlines()) == 1


def test_a_program_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "program.json"
    path.write_text('[{"flow": [["jump", -1]], "alu": []}]')
    program = load_program(path)
    assert [list(bundle) for bundle in program.bundles] == [["flow", "alu"]]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1,]", b"\xff\xfe", b"[" * 100_000, b"[" + b"9" * 5000 + b"]"],
    ids=["empty", "cut off", "comma", "not text", "deep", "long number"],
)
def test_a_file_that_is_not_json_is_a_user_error_of_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "program.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match="not valid JSON") as caught:
        read_json(path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_cannot_be_read_is_a_user_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.json"):
        with pytest.raises(UserError, match="cannot read"):
            load_program(path)
