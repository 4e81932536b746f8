"""The checker of certificates is small enough to be read by whoever does not believe it."""

import ast
from pathlib import Path

from machine.certificates import checker
from tests.test_layering import imports_of_all

MOST_LINES = 400
READS_AND_WRITES = "machine.certificates.certificate"


def code_lines(file: Path) -> int:
    """Lines that are neither empty, nor comments, nor documentation."""
    text = file.read_text(encoding="utf-8")
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr)]
    texts = [node for node in nodes if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)]
    told = {line for node in texts for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    lines = enumerate(text.splitlines(), start=1)
    return sum(bool(line.strip()) and not line.strip().startswith("#") and n not in told for n, line in lines)


def test_the_checker_has_less_than_400_lines_of_code() -> None:
    folder = Path(checker.__file__).parent
    parts, found = {"machine.certificates.checker"}, set[str]()
    while parts - found:
        found |= parts
        parts = {name for part in found for name in imports_of_all()[part] if name.startswith("machine.certificates.")}
        parts -= {READS_AND_WRITES}
    assert len(found) == len(list(folder.glob("*.py"))) - 2  # the package's own file, and the form of certificates
    assert 0 < sum(code_lines(folder / f"{name.rpartition('.')[2]}.py") for name in found) < MOST_LINES
