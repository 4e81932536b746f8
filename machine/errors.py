"""The two kinds of error Slotsmith raises on purpose.

Everything a user can cause and mend is a :class:`UserError`: the command line prints its one line (of a
:class:`KernelError`, its few) and exits with code 2.  Everything else that Slotsmith itself detects (an illegal
schedule, a wrong output) is a :class:`SlotsmithError`: a defect of ours or a failed trial, which keeps its traceback.
"""


def printable(text: str) -> str:
    """The text with everything that could steer a terminal written as Python would write it; tabs and lines stay."""
    return "".join(each if each.isprintable() or each in "\t\n" else repr(each)[1:-1] for each in text)


class SlotsmithError(Exception):
    """Root of all errors raised on purpose."""


class UserError(SlotsmithError):
    """Wrong input: the message is one printable line, whatever it quotes, that says what to do about it."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(" ".join(message.splitlines())))


class MissingLibraryError(UserError):
    """A library that some commands alone need is not installed: what needs it, and the extra that brings it."""

    def __init__(self, need: str, extra: str) -> None:
        super().__init__(f"{need}: pip install -e '.[{extra}]' in the folder of Slotsmith's sources")


class GraphError(SlotsmithError):
    """An operation graph that breaks its own rules: an unwritten word read, an address out of its range."""


class MissingOpcodeError(GraphError, UserError):
    """A kernel needs an opcode that no engine of its machine has."""


class GraphTooLargeError(GraphError, UserError):
    """A kernel has more operations than there may be."""


class KernelError(GraphError, UserError):
    """A mistake in a user's kernel: at most five lines, of which the first names file and line."""

    MOST_LINES = 5

    def __init__(self, message: str) -> None:
        Exception.__init__(self, printable("\n".join(message.splitlines()[: self.MOST_LINES])))
