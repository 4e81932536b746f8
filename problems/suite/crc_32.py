"""CRC-32, bit by bit and by a table, a message in each lane."""

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, Value, fixed, read, written

POLYNOMIAL = 0xEDB88320
"""Of ISO 3309, lowest power in the highest bit."""


def _divided(word: int) -> int:
    for _ in range(8):
        word = word >> 1 ^ POLYNOMIAL * (word & 1)
    return word


def _crc_32(text: NDArray[np.uint32]) -> list[int]:
    return [zlib.crc32(message.astype(np.uint8).tobytes()) for message in text.T]


class Crc32Bitwise(ArrayKernel):
    """The checksum CRC-32 of messages of bytes, bit by bit (ISO 3309; RFC 1952, 8)."""

    name = "crc_32_bitwise"
    messages, length = Size(32), Size(1, most=256, summary="bytes of a message, a word each")
    text, checksums = read("length", "messages", below=256), written("messages")

    def kernel(self, k: Code, messages: int, length: int, text: Array, checksums: Array) -> None:
        for i in k.range(messages):
            register: Value | int = 0xFFFF_FFFF
            for number in range(length):
                register = text[number, i] ^ register
                for _ in range(8):
                    register = register >> 1 ^ (register & 1) * POLYNOMIAL
            checksums[i] = register ^ 0xFFFF_FFFF

    def expected(self, text: NDArray[np.uint32]) -> Any:
        return _crc_32(text)


class Crc32Table(ArrayKernel):
    """The checksum CRC-32 of messages of bytes, by a table of 256 words (Sarwate, 1988)."""

    name = "crc_32_table"
    messages, length = Size(16), Size(2, most=256, summary="bytes of a message, a word each")
    table = fixed([_divided(byte) for byte in range(256)])
    text, checksums = read("length", "messages", below=256), written("messages")

    def kernel(self, k: Code, messages: int, length: int, table: Array, text: Array, checksums: Array) -> None:
        for i in k.range(messages):
            register: Value | int = 0xFFFF_FFFF
            for number in range(length):
                register = register >> 8 ^ table[(text[number, i] ^ register) & 255]
            checksums[i] = register ^ 0xFFFF_FFFF

    def expected(self, text: NDArray[np.uint32]) -> Any:
        return _crc_32(text)
