"""How the graph of an entry was rewritten, in words."""

from collections.abc import Mapping
from typing import Any

from machine.nearest import counted


def rewriting_text(rewriting: Mapping[str, Any]) -> str:
    """The rules of an entry's recipe with their uses, and the limits that kept the rewriter from looking further."""
    rules = ", ".join(f"{rule} ({uses})" for rule, uses in rewriting["rules"])
    limits = [f"{limit} met in {counted(count, 'template')}" for limit, count in rewriting.get("limits", ())]
    return "; ".join([rules, *limits])
