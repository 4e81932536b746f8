"""The two kinds of error Slotsmith raises on purpose.

Everything a user can cause and mend is a :class:`UserError`: the command line prints its one line and exits with
code 2.  Everything else that Slotsmith itself detects (an illegal schedule, a wrong output) is a
:class:`SlotsmithError`: a defect of ours or a failed trial, which keeps its traceback.
"""


class SlotsmithError(Exception):
    """Root of all errors raised on purpose."""


class UserError(SlotsmithError):
    """Wrong input: the message is one line, whatever it quotes, that says what to do about it."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.splitlines()))


class GraphError(SlotsmithError):
    """An operation graph that breaks its own rules: an unwritten word read, an address out of its range."""


class MissingOpcodeError(GraphError, UserError):
    """A kernel needs an opcode that no engine of its machine has."""
