"""The restrictions that a kernel declares, looked at before any shape is known: a misspelt name would say nothing."""

import re
from collections.abc import Collection

from machine.errors import UserError
from machine.nearest import did_you_mean
from problems.language.lane_places import Place, mistake
from problems.rules import Rule

OF_SEARCHES = frozenset({"rewrite"})
"""Knobs that searches add to those of every kernel."""

_LOOP = re.compile(r"loop\d+")


def require_restrictions(texts: object, names: Collection[str], arrays: Collection[str], place: Place | None) -> None:
    """Check that restrictions are a tuple of rules over names that a kernel may have.

    Args:
        texts: what the kernel declares.
        names: of sizes and of the kernel's knobs, and ``lanes``.
        arrays: whose names begin those of knobs, as those of loops do: ``x.loads``, ``loop1.tail``.
        place: of the kernel.

    Raises:
        KernelError: they are not.
    """
    if not isinstance(texts, tuple | list):
        raise mistake(f"restrictions are {texts!r}", right='a tuple of texts, as in ("n % lanes == 0",)', place=place)
    for text in texts:
        try:
            found = Rule(text, {}).names
        except UserError as error:
            raise mistake(str(error), right="as in n % lanes == 0 (docs/language.md, Rules)", place=place) from None
        for name in sorted(found - OF_SEARCHES - set(names)):
            first, dot, _ = name.partition(".")
            if not dot or not (first in arrays or _LOOP.fullmatch(first)):
                what = f"restriction '{text}' names {name}, which this kernel does not have{did_you_mean(name, names)}"
                raise mistake(what, right="sizes, lanes, and knobs that `slotsmith knobs` lists", place=place)
