"""Python's parser for expressions of others, without what it prints of its own accord."""

import ast
import warnings


def parse_quietly(text: str) -> ast.expr:
    """The syntax tree of an expression.

    The parser warns of such as ``1if``; the warning would stand beside the one line of an error.

    Raises:
        SyntaxError, ValueError: the text is no expression.
        RecursionError, MemoryError: it is nested too deeply.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.parse(text, mode="eval").body
