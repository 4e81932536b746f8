import pickle

import pytest

from machine.errors import GraphError, KernelError, SlotsmithError, UserError


@pytest.mark.parametrize("kind", [UserError, GraphError])
def test_every_error_raised_on_purpose_is_a_slotsmith_error(kind: type[SlotsmithError]) -> None:
    assert issubclass(kind, SlotsmithError)


def test_only_what_a_user_can_mend_is_a_user_error() -> None:
    assert not issubclass(GraphError, UserError)


@pytest.mark.parametrize("text", ["one\ntwo", "one\r\ntwo\n", "one\x0btwo"])
def test_a_user_error_is_one_line_whatever_it_quotes(text: str) -> None:
    assert str(UserError(text)) == "one two"


@pytest.mark.parametrize("kind", [UserError, KernelError])
def test_no_error_steers_a_terminal_whatever_it_quotes(kind: type[SlotsmithError]) -> None:
    assert str(kind("unknown problem '\x1b[2J\x9b1m\u202e' in ünïcode\tfile")) == (
        "unknown problem '\\x1b[2J\\x9b1m\\u202e' in ünïcode\tfile"
    )


def test_errors_cross_process_borders() -> None:
    assert str(pickle.loads(pickle.dumps(UserError("one\ntwo")))) == "one two"
