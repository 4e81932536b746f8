"""The ``fnv_1a`` problem."""

from problems.language import Array, ArrayKernel, Code, Size, Value, read, written

PRIME, BASIS = 0x01000193, 0x811C9DC5


class Fnv1a(ArrayKernel):
    """The hash FNV-1a of messages, byte by byte (Fowler, Noll and Vo, 1991; RFC 9923)."""

    name = "fnv_1a"
    messages, words = Size(32, most=4096), Size(2, most=64, summary="words of 4 bytes in a message, lowest byte first")
    text, hashes = read("words", "messages"), written("messages")

    def kernel(self, k: Code, messages: int, words: int, text: Array, hashes: Array) -> None:
        for i in k.range(messages):
            state: Value | int = BASIS
            for number in range(words):
                for shift in (0, 8, 16, 24):
                    state = (state ^ (text[number, i] >> shift & 255)) * PRIME
            hashes[i] = state
