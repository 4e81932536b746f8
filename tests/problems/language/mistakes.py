"""Deliberate mistakes in kernels: what is wrong, the command that meets it, and the file of the user."""

from textwrap import dedent, indent

HEAD = """\
import numpy as np

from problems.language import ArrayKernel, Size, choice, fixed, read, updated, written


"""

CLASS = """\
class Kernel(ArrayKernel):
    \"\"\"A kernel with a mistake.\"\"\"

    n = Size(20)
    a, x, y, grid = read(1), read("n"), updated("n"), read(3, "n")
"""


def kernel(body: str, rest: str = "") -> str:
    """A file with a kernel of this body."""
    method = "    def kernel(self, k, n, a, x, y, grid):\n" + indent(dedent(body).strip("\n"), " " * 8)
    return f"{HEAD}{CLASS}\n{method}\n{indent(dedent(rest), ' ' * 4)}"


def loop(body: str, rest: str = "") -> str:
    """A file with a kernel whose loop over all words has this body."""
    return kernel("for i in k.range(n):\n" + indent(dedent(body).strip("\n"), "    "), rest)


def declaring(line: str) -> str:
    """A right kernel whose size is declared by this line, together with something else."""
    return loop("y[i] = x[i]").replace("n = Size(20)", line)


EXPECTED = """
def expected(self, a, x, y):
    {}
"""

MISTAKES: dict[str, tuple[str, str]] = {
    "an input that is stored": ("check", loop("x[i] = x[i] + 1\ny[i] = x[i]")),
    "an output that nothing stores": ("search", loop("x[i] + 1")),
    "no operations": ("check", kernel("pass")),
    "a loop that is left by return": ("check", loop("y[i] = x[i]\nreturn")),
    "a loop that is left by break": ("bound", loop("y[i] = x[i]\nif n > 3:\n    break")),
    "a range one too long": ("bound", loop("y[i] = x[i + 1]")),
    "a range that begins too early": ("search", loop("y[i] = x[i - 1]")),
    "a word that an array does not have": ("solve", loop("y[i] = a[1] * x[i]")),
    "a negative word": ("bound", kernel("y[0] = x[-1]")),
    "one subscript for two": ("bound", loop("y[i] = grid[i]")),
    "two subscripts for one": ("bound", loop("y[i] = x[0, i]")),
    "a row that is not there": ("bound", loop("y[i] = grid[3, i]")),
    "a subscript of text": ("bound", loop("y[i] = x['i']")),
    "a whole array for a word": ("search", loop("y[i] = a * x[i]")),
    "a whole array compared": ("check", loop("y[i] = k.select(a == 0, 7, x[i])")),
    "a total compared": ("check", kernel("t = k.total()\nfor i in k.range(n):\n    t += x[i]\ny[0] = t != 0")),
    "an iterator that has ended": ("check", loop("y[i] = x[i]\nnext(iter([]))")),
    "two words that are looked up in one": (
        "check",
        loop("y[x[i] & 0] = x[i]\ny[x[i] & 0] = 1").replace('updated("n")', "written(1)"),
    ),
    "a whole array stored": ("bound", loop("y[i] = x")),
    "a vector stored to a word": ("bound", loop("y[0] = x[i]")),
    "a vector after its loop": ("search", kernel("for i in k.range(n):\n    v = x[i]\ny[0] = v + 1")),
    "a sum carried by hand": ("solve", kernel("s = 0\nfor i in k.range(n):\n    s = s + x[i]\n    y[i] = s")),
    "an index after its loop": ("bound", kernel("for i in k.range(n):\n    pass\ny[i] = x[i]")),
    "a loop in a loop": ("bound", kernel("for j in k.range(3):\n    for i in k.range(n):\n        y[i] = grid[0, i]")),
    "an iteration that waits for another": ("bound", kernel("for i in k.range(1, n):\n    y[i] = y[i - 1] + x[i]")),
    "two stores that meet": ("bound", kernel("for i in k.range(n - 1):\n    y[i] = x[i]\n    y[i + 1] = x[i] + 1")),
    "a range of text": ("bound", kernel("for i in k.range('n'):\n    y[i] = x[i]")),
    "a branch on a value": ("search", loop("if x[i] < 5:\n    y[i] = 0")),
    "and of two conditions": ("bound", loop("y[i] = (x[i] < 5) and (y[i] < 5)")),
    "a chained comparison": ("bound", loop("y[i] = 1 < x[i] < 5")),
    "the min of Python": ("bound", loop("y[i] = min(x[i], 5)")),
    "the abs of Python": ("bound", loop("y[i] = abs(x[i])")),
    "the divmod of Python": ("bound", loop("y[i], _ = divmod(x[i], 5)")),
    "the name of an inner method": ("bound", loop("y[i] = k.nary(x[i], 5)")),
    "a value as a count": ("bound", loop("for _ in range(x[i]):\n    y[i] = 0")),
    "a fraction": ("bound", loop("y[i] = 0.5 * x[i]")),
    "a division that gives fractions": ("bound", loop("y[i] = x[i] / 2")),
    "a power": ("bound", loop("y[i] = x[i] ** 2")),
    "a division by 0": ("bound", loop("y[i] = x[i] // 0")),
    "a number that is no word": ("bound", loop("y[i] = x[i] + 2**32")),
    "a division by 0 on an input": ("search", loop("y[i] = y[i] // x[i]")),
    "a funnel beyond a word": ("bound", loop("y[i] = k.funnel(x[i], y[i], 40)")),
    "a shift of signed words by less than 0": ("bound", loop("y[i] = k.sra(x[i], -1)")),
    "an index that is no word": ("bound", loop("y[i] = x[i] ^ (i + 2**40)")),
    "an index times too much": ("bound", loop("y[i] = x[i] ^ (i * 2**70)")),
    "an opcode that is not there": ("bound", loop("y[i] = k.apply('rotl', x[i], 5)")),
    "an opcode with too many operands": ("bound", loop("y[i] = k.apply('+', x[i], y[i], 5)")),
    "a total of an unknown kind": ("bound", kernel("total = k.total('-')")),
    "a total of nothing": ("bound", kernel("y[0] = k.total().word")),
    "a total read too early": (
        "bound",
        kernel("t = k.total()\nfor i in k.range(n):\n    t += x[i]\n    y[i] = t.word"),
    ),
    "a total added to where it is read": (
        "bound",
        kernel("t = k.total()\nt += a[0]\nfor i in k.range(n):\n    y[i] = t.word\n    t += x[i]"),
    ),
    "a variable that counts vectors": (
        "check",
        kernel("count = 0\nfor i in k.range(n):\n    count += 1\n    y[i] = x[i]\ny[0] = count"),
    ),
    "a total of words": ("bound", kernel("t = k.total()\nfor i in k.range(n):\n    t += 1\ny[0] = t.word")),
    "a loop without indices": ("check", kernel("for i in k.range(n - 20):\n    y[i] = x[i]")),
    "a total as a value": ("bound", kernel("t = k.total()\nfor i in k.range(n):\n    t += x[i]\ny[0] = t")),
    "a look-up beyond the array": ("search", loop("y[i] = x[y[i]]")),
    "a name that is not defined": ("search", loop("y[i] = xx[i]")),
    "a function that k does not have": ("solve", loop("y[i] = k.minimum(x[i], 5)")),
    "a parameter that nothing declares": ("bound", f"{HEAD}{CLASS}\n    def kernel(self, k, z):\n        pass\n"),
    "a kernel without self": ("bound", f"{HEAD}{CLASS}\n    def kernel(k, n, x, y):\n        pass\n"),
    "a reference without self": ("check", loop("y[i] = x[i]", "def expected(x):\n    return x\n")),
    "a reference without parameters": ("search", loop("y[i] = x[i]", "def expected():\n    return 0\n")),
    "no kernel": ("bound", f"{HEAD}{CLASS}"),
    "a length that is no expression": (
        "bound",
        loop("y[i] = 0").replace('x, y, grid = read(1), read("n")', 'x, y, grid = read(1), read("m")'),
    ),
    "a word otherwise than the reference": (
        "search",
        loop("y[i] = a[0] * x[i] - y[i]", EXPECTED.format("return a[0] * x + y")),
    ),
    "an output that is not written": (
        "solve",
        kernel("for i in k.range(n - 1):\n    y[i] = x[i]", EXPECTED.format("return x")),
    ),
    "a reference of fractions": ("search", loop("y[i] = x[i]", EXPECTED.format("return x * 1.0"))),
    "a reference of a wrong length": ("search", loop("y[i] = x[i]", EXPECTED.format("return x[1:]"))),
    "a reference of rows for columns": (
        "check",
        kernel("for j in range(3):\n    for i in k.range(n):\n        y[i, j] = grid[j, i]").replace(
            'updated("n")', 'written("n", 3)'
        )
        + "\n    def expected(self, grid):\n        return grid\n",
    ),
    "a reference of lists that differ": (
        "check",
        loop("y[i] = x[i]", EXPECTED.format("return [[1], [1, 2]]")),
    ),
    "a static reference": ("check", loop("y[i] = x[i]", "@staticmethod\ndef expected(x):\n    return x")),
    "a reference that is a number": ("search", loop("y[i] = x[i]", "expected = 5")),
    "a reference that gives nothing": ("search", loop("y[i] = x[i]", EXPECTED.format("pass"))),
    "a reference that changes its argument": ("search", loop("y[i] = x[i]", EXPECTED.format("y[:] = x"))),
    "a reference with a plain mistake": ("search", loop("y[i] = x[i]", EXPECTED.format("return z + x"))),
    "a kernel that never ends": ("check", kernel("while True:\n    pass")),
    "a knob that changes nothing": ("check", declaring('n, how = Size(20), choice("a", "b")')),
    "an array named like a method": (
        "check",
        loop("y[i] = x[i]").replace("a, x, y, grid = read(1)", "inputs, x, y, grid = read(1)"),
    ),
    "a size named like a method": ("search", declaring("n, rules = Size(20), Size(8)")),
    "a size named lanes": ("bound", declaring("n, lanes = Size(20), Size(4)")),
    "a choice named like a knob of searches": ("search", declaring('n, rewrite = Size(20), choice("a", "b")')),
    "a name that is a number": ("search", declaring("n, name = Size(20), 5")),
    "arguments by position alone": ("check", loop("y[i] = x[i]").replace("y, grid)", "y, grid, /)")),
    "a choice of numbers": ("check", declaring("n, how = Size(20), choice(1, 2, 4)")),
    "a choice of a list": ("check", declaring('n, how = Size(20), choice(["a", "b"])')),
    "a choice of nothing": ("check", declaring("n, how = Size(20), choice()")),
    "a choice of one name twice": ("check", declaring('n, how = Size(20), choice("a", "a")')),
    "a fixed word that is none": ("check", declaring("n, t = Size(20), fixed([2**33 + 1, 5])")),
    "a size with an argument that is none": ("check", declaring("n = Size(20, multiple=16)")),
    "a size of text": ("bound", declaring('n = Size("20")')),
    "a size with a limit of text": ("search", declaring('n = Size(20, least="1")')),
    "a size beyond its own limit": ("check", declaring("n = Size(20, most=16)")),
    "an array with a type": ("search", declaring('n, t = Size(20), read("n", dtype="uint8")')),
    "an array without a length": ("check", declaring("n, t = Size(20), read()")),
    "a table of one number": ("bound", declaring("n, t = Size(20), fixed(7)")),
    "a least word of text": ("search", declaring('n, t = Size(20), read("n", least="2")')),
    "a restriction that is no tuple": ("check", declaring('n, restrictions = Size(20), "n % 2 == 0"')),
    "a restriction that is no rule": ("bound", declaring('n, restrictions = Size(20), ("n % lanes = 0",)')),
    "a restriction on a name that is not there": (
        "search",
        declaring('n, restrictions = Size(20), ("n % lane == 0",)'),
    ),
    "the minimum of numpy": ("bound", loop("y[i] = np.minimum(x[i], 5)")),
    "an output that is loaded before it is stored": (
        "check",
        loop("y[i] = x[i] + y[i]").replace('updated("n")', 'written("n")'),
    ),
    "no outputs": ("check", loop("x[i]").replace('updated("n")', 'read("n")')),
}
"""By what is wrong: the command, and the file."""

BUILDER = '''\
import numpy as np

from machine.graph.operation import MemoryRange
from problems.problem import Problem, ShapeParameter


class Kernel(Problem):
    """Doubles words, with today's builder."""

    name, summary = "kernel", "a kernel with a mistake"
    parameters = (ShapeParameter("vectors", 1, 8, 2, "vectors of 8 words"),)

    def memory_words(self, shape):
        return 8 * shape["vectors"]

    def inputs(self, shape, count, seed):
        return np.random.default_rng(seed).integers(0, 2**32, (count, self.memory_words(shape)), dtype=np.uint32)

    def reference(self, shape, memories):
        return memories * np.uint32(2)

    def outputs(self, shape, category):
        return [range(self.memory_words(shape))]

    def build(self, kernel, shape, category, knobs):
        for number in range(shape["vectors"]):
            address, memory = kernel.constant(8 * number), MemoryRange(8 * number, 8 * number + 8)
            word, doubled = kernel.vector("word"), kernel.vector("doubled")
            kernel.load_vector(word, address, memory)
            kernel.binary("+", doubled, word, word)
            kernel.store_vector(address, doubled, memory)
'''

OLD_MISTAKES: dict[str, tuple[str, str, str]] = {
    "a range that is too short": ("bound", "8 * number + 8)\n", "8 * number + 7)\n"),
    "a word for a vector": (
        "search",
        'doubled = kernel.vector("word"), kernel.vector("doubled")',
        'doubled = kernel.vector("word"), kernel.buffer("doubled", 4)',
    ),
    "a range off by one": ("search", "kernel.constant(8 * number),", "kernel.constant(8 * number + 1),"),
    "a word that was never written": ("solve", "            kernel.load_vector(word, address, memory)\n", ""),
    "another result than the reference": ("search", '"+", doubled, word, word', '"*", doubled, word, word'),
    "an unknown method": ("bound", "kernel.store_vector", "kernel.store_vectors"),
    "inputs all alike": (
        "check",
        "np.random.default_rng(seed).integers(0, 2**32, (count, self.memory_words(shape)), dtype=np.uint32)",
        "np.ones((count, self.memory_words(shape)), dtype=np.uint32)",
    ),
    "inputs of a wrong type": ("check", "dtype=np.uint32)", "dtype=np.uint64)"),
    "outputs beyond memory": ("check", "[range(self.memory_words(shape))]", "[range(1 + self.memory_words(shape))]"),
    "outputs beyond memory, in a search": (
        "search",
        "[range(self.memory_words(shape))]",
        "[range(1 + self.memory_words(shape))]",
    ),
    "a reference of another shape": (
        "solve",
        "return memories * np.uint32(2)",
        "return memories[:, 1:] * np.uint32(2)",
    ),
    "outputs that are empty": ("check", "[range(self.memory_words(shape))]", "[]"),
    "a reference that changes its argument": (
        "check",
        "return memories * np.uint32(2)",
        "memories *= np.uint32(2)\n        return memories",
    ),
    "a reference of a wrong type": ("check", "return memories * np.uint32(2)", "return memories * 2.0"),
}
"""Written against the builder. By what is wrong: the command, what is right, and what is there instead."""
