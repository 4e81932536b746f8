"""What was chosen for a template, as lines to read."""

from rewriting.expressions import INFIX
from rewriting.extraction import Extraction
from rewriting.greedy import in_order
from rewriting.node_costs import Candidate
from rewriting.operator_names import INPUT, spelled
from rewriting.terms import CONST, Region


def listing(extraction: Extraction) -> list[str]:
    """A line for each term that is no constant and no leaf, operands first."""
    names: dict[int, str] = {}
    lines: list[str] = []
    for number in in_order(extraction.choice):
        candidate = extraction.choice[number]
        if candidate.op == CONST:
            assert isinstance(candidate.data, int)
            names[number] = hex(candidate.data) if candidate.data > 64 else str(candidate.data)
        elif candidate.op == INPUT:
            names[number] = f"in{candidate.data}"
        else:
            names[number] = f"t{len(lines)}"
            lines.append(f"{names[number]} = {_text(candidate, names)}")
    return lines


def _text(candidate: Candidate, names: dict[int, str]) -> str:
    args = [names[arg] for arg in candidate.args]
    if isinstance(candidate.data, Region):
        region = candidate.data
        changed = "".join(f" {op} {constant:#x}" for op, constant in region.maps)
        return f"load[{region.start}..{region.stop - 1}{changed}]({args[0]})"
    if candidate.op in INFIX:
        return f"{args[0]} {candidate.op} {args[1]}"
    return f"{spelled(candidate.op)}({', '.join(args)})"
