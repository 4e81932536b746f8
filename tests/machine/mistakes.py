"""Deliberate mistakes in machine files: each a name, and what of a right file is replaced by what."""

RIGHT = """\
name = "example"
vector_length = 4
scratch_words = 64

[engines.alu]
slots = 2
opcodes = ["+", "-", "*", "select", "const", "load", "store", "least"]
latency = { "*" = 3, load = 2 }

[engines.simd]
slots = 1
vector = true
opcodes = ["+", "multiply_add", "vload", "vstore", "vbroadcast", "mac"]

[engines.debug]
slots = 1
free = true
opcodes = ["comment"]

[opcodes.least]
operands = ["a", "b"]
result = "min(a, b)"

[opcodes.mac]
operands = ["a", "b: word", "n: number"]
result = "a * b + rotl(a, n)"
summary = "multiply, rotate, add"
vector = true
"""

MISTAKES: dict[str, tuple[str, str]] = {
    "not TOML": ("vector_length = 4", "vector_length 4"),
    "a text that is not closed": ('name = "example"', 'name = "example'),
    "a key twice": ("scratch_words = 64", "scratch_words = 64\nscratch_words = 65"),
    "an engine twice": ("[engines.simd]", "[engines.alu]"),
    "an empty file": (RIGHT, ""),
    "nested without end": (RIGHT, "a = " + "[" * 10_000),
    "a number of ten thousand digits": ("vector_length = 4", "vector_length = " + "9" * 10_000),
    "a key of a hundred parts": ("vector_length = 4", f"vector_length{'.a' * 100} = 4"),
    "no name": ('name = "example"\n', ""),
    "a name that is a number": ('name = "example"', "name = 7"),
    "a name of spaces": ('name = "example"', 'name = "  "'),
    "a name of two lines": ('name = "example"', 'name = "one\\ntwo"'),
    "a name without end": ('name = "example"', f'name = "{"x" * 1000}"'),
    "a known machine's name": ('name = "example"', 'name = "takehome"'),
    "no vector length": ("vector_length = 4\n", ""),
    "an unknown key": ("scratch_words = 64", "scratch_words = 64\nscratch = 64"),
    "a key of another case": ("vector_length = 4", "Vector_Length = 4"),
    "a length that is no whole number": ("vector_length = 4", "vector_length = 4.5"),
    "a length that is true": ("vector_length = 4", "vector_length = true"),
    "a length in quotes": ("vector_length = 4", 'vector_length = "8"'),
    "a length of 0": ("vector_length = 4", "vector_length = 0"),
    "a thousand million lanes": ("vector_length = 4", "vector_length = 1_000_000_000"),
    "a length without end": ("vector_length = 4", "vector_length = inf"),
    "a length that is a date": ("vector_length = 4", "vector_length = 1979-05-27"),
    "scratch below 0": ("scratch_words = 64", "scratch_words = -1"),
    "scratch beyond reason": ("scratch_words = 64", "scratch_words = 10_000_000_000"),
    "scratch as a list": ("scratch_words = 64", "scratch_words = [64]"),
    "no engines": (RIGHT, 'name = "x"\nvector_length = 4\nscratch_words = 64\n'),
    "an empty table of engines": (RIGHT, 'name = "x"\nvector_length = 4\nscratch_words = 64\n[engines]\n'),
    "engines that are a number": (RIGHT, 'name = "x"\nvector_length = 4\nscratch_words = 64\nengines = 3\n'),
    "an engine that is a number": ("[engines.simd]", "[engines]\nfpu = 3\n[engines.simd]"),
    "an engine with a name of dots": ("[engines.simd]", '[engines."a.b"]'),
    "engine for engines": ("[engines.simd]", "[engine.simd]"),
    "all engines free": (RIGHT[RIGHT.index("[engines.alu]") : RIGHT.index("[engines.debug]")], ""),
    "latencies for latency": ("latency = {", "latencies = {"),
    "slot for slots": ("slots = 2", "slot = 2"),
    "no slots": ("slots = 2\n", ""),
    "no slot at all": ("slots = 2", "slots = 0"),
    "slots beyond reason": ("slots = 2", "slots = 100000"),
    "slots that are a table": ("slots = 2", "slots = { alu = 2 }"),
    "no opcodes": ('opcodes = ["comment"]\n', ""),
    "an empty list of opcodes": ('opcodes = ["comment"]', "opcodes = []"),
    "opcodes that are a text": ('opcodes = ["comment"]', 'opcodes = "comment"'),
    "an opcode that is a number": ('opcodes = ["comment"]', "opcodes = [5]"),
    "an opcode twice": ('["+", "-", "*",', '["+", "-", "+",'),
    "an unknown opcode": ('"multiply_add", "vload"', '"multiply_ad", "vload"'),
    "an opcode like none": ('["+", "-", "*",', '["+", "-", "**",'),
    "a latency of 0": ("load = 2 }", "load = 0 }"),
    "a latency beyond reason": ("load = 2 }", "load = 1000 }"),
    "a latency that is no whole number": ("load = 2 }", "load = 2.0 }"),
    "a latency of an opcode that is not listed": ("load = 2 }", "lod = 2 }"),
    "a latency for all": ('latency = { "*" = 3, load = 2 }', "latency = 3"),
    "vector in quotes": ("slots = 1\nvector = true", 'slots = 1\nvector = "yes"'),
    "vector that is 1": ("slots = 1\nvector = true", "slots = 1\nvector = 1"),
    "a free engine that computes": ('free = true\nopcodes = ["comment"]', 'free = true\nopcodes = ["comment", "-"]'),
    "an own opcode that is built in": ("[opcodes.least]", '[opcodes."+"]'),
    "an own opcode with a name of signs": ("[opcodes.least]", '[opcodes."a-b"]'),
    "an own opcode that no engine lists": ("[opcodes.least]", "[opcodes.lest]"),
    "an own opcode without a result": ('result = "min(a, b)"\n', ""),
    "an own opcode without operands": ('operands = ["a", "b"]\n', ""),
    "an own opcode with a key too many": ('result = "min(a, b)"', 'result = "min(a, b)"\nlatency = 3'),
    "an own opcode that is a text": ("[opcodes.least]", '[opcodes]\nmost = "max(a, b)"\n[opcodes.least]'),
    "an empty list of operands": ('operands = ["a", "b"]', "operands = []"),
    "four operands": ('operands = ["a", "b"]', 'operands = ["a", "b", "c", "e"]'),
    "an operand twice": ('operands = ["a", "b"]', 'operands = ["a", "a: word"]'),
    "operands that differ by case alone": ('operands = ["a", "b"]', 'operands = ["a", "A"]'),
    "an operand that is the destination": ('operands = ["a", "b"]', 'operands = ["a", "d"]'),
    "an operand that is a function": ('operands = ["a", "b"]', 'operands = ["a", "min"]'),
    "an operand of an unknown kind": ('"b: word"', '"b: words"'),
    "an operand that is not used": ('result = "min(a, b)"', 'result = "min(a, a)"'),
    "an unknown operand": ('result = "min(a, b)"', 'result = "min(a, x)"'),
    "an unknown function": ('result = "min(a, b)"', 'result = "mim(a, b)"'),
    "a function with too few arguments": ('result = "min(a, b)"', 'result = "min(a) + b"'),
    "a function that is not called": ('result = "min(a, b)"', 'result = "min + a + b"'),
    "an expression cut short": ('result = "min(a, b)"', 'result = "min(a, b"'),
    "an expression that is a statement": ('result = "min(a, b)"', 'result = "d = min(a, b)"'),
    "a division of real numbers": ('result = "min(a, b)"', 'result = "a / b"'),
    "a power": ('result = "min(a, b)"', 'result = "a ** b"'),
    "a choice as Python has it": ('result = "min(a, b)"', 'result = "a if a < b else b"'),
    "and for &": ('result = "min(a, b)"', 'result = "a < b and b"'),
    "a chain of comparisons": ('result = "min(a, b)"', 'result = "a < b < 7"'),
    "a real number": ('result = "min(a, b)"', 'result = "a + b * 0.5"'),
    "a number beyond a word": ('result = "min(a, b)"', 'result = "a + b + 4294967296"'),
    "code": ('result = "min(a, b)"', "result = \"__import__('os').system('true') + a + b\""),
    "an attribute": ('result = "min(a, b)"', 'result = "a.real + b"'),
    "a comprehension": ('result = "min(a, b)"', 'result = "[a for b in (1, 2)]"'),
    "an expression without end": ('result = "min(a, b)"', f'result = "a{" + b" * 300}"'),
    "an expression of too many parts": ('result = "min(a, b)"', f'result = "{"+".join(["(a+b+a+b+a+b+a+b)"] * 16)}"'),
    "an expression nested too deeply": ('result = "min(a, b)"', f'result = "{"~" * 200}a + b"'),
    "brackets nested too deeply": ('result = "min(a, b)"', f'result = "{"(" * 300}a{")" * 300} + b"'),
    "a result that is a number": ('result = "min(a, b)"', "result = 5"),
}
