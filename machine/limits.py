"""What machines, schedules and programs may have at most: room for all that makes sense, none to fill memory."""

MOST_LANES = 1024
MOST_SCRATCH_WORDS = 131_072
MOST_ENGINES = 32
MOST_SLOTS = 1024
MOST_LATENCY = 256
MOST_OPCODES = 256
"""Of one engine, and defined in one file."""

MOST_OPERANDS = 3
"""Of an opcode of one's own, besides the destination: graphs and programs have room for four."""

MOST_NAME = 200
MOST_TEXT = 1000
"""Characters of a name or summary, and of an expression."""

MOST_OPERATIONS = 250_000
"""Of a graph: programs are straight lines, and schedulers take all of one into memory."""

MOST_MEMORY_WORDS = 1 << 24
"""Of a memory image, of which there are as many as inputs."""

MOST_CYCLES = 1 << 20
"""Of a schedule, and bundles of a program."""
