"""Test vectors that were published with the algorithms: golden data for the references, and for kernels on numpy."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from problems.language import ArrayKernel
from problems.problem import check_shape
from problems.suite.aes import AesRound
from problems.suite.butterflies import PRIME, ZETAS, FftButterflies, NttButterflies
from problems.suite.chacha20 import ChaCha20Block, ChaCha20QuarterRound
from problems.suite.crc_32 import Crc32Bitwise, Crc32Table
from problems.suite.keccak import CONSTANTS, OFFSETS, KeccakRounds
from problems.suite.levenshtein import LevenshteinRow
from problems.suite.mandelbrot import BITS, Mandelbrot
from problems.suite.murmur3 import Murmur3
from problems.suite.odd_even_sort import network
from problems.suite.sha_256 import CONSTANTS as SHA_256_CONSTANTS
from problems.suite.sha_256 import Sha256Rounds
from problems.suite.xorshift import Xorshift


def outputs(problem: ArrayKernel, **given: Any) -> Any:
    """What the kernel gives on numpy, which is what the reference gives."""
    sizes = {name: given[name] for name in problem.sizes if name in given}
    found = problem.run(**given)
    arrays = {name: np.array(given[name], dtype=np.int64).astype(np.uint32) for name in given if name not in sizes}
    shape = dict(check_shape(problem, sizes)) | {
        declared: length
        for name, array in arrays.items()
        for declared, length in zip(problem.arrays[name].lengths, array.shape, strict=True)
        if declared in problem.sizes
    }
    known = {**shape, **arrays, **{name: np.array(a.fixed) for name, a in problem.arrays.items() if a.fixed}}
    names = problem.expected.__code__.co_varnames[1 : problem.expected.__code__.co_argcount]
    with np.errstate(over="ignore"):
        expected = problem.expected(**{name: known[name] for name in names})
    several = expected if isinstance(expected, tuple) else (expected,)
    for each, words in zip(several, found.values(), strict=True):
        assert np.array_equal(np.asarray(each).astype(np.uint32).ravel(), words.ravel())
    return found


def column(words: Sequence[int]) -> list[list[int]]:
    """Words as a column of an array with one lane."""
    return [[word] for word in words]


def words_of(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


CHACHA_KEY = words_of("03020100 07060504 0b0a0908 0f0e0d0c 13121110 17161514 1b1a1918 1f1e1d1c")
CHACHA_STATE = [*words_of("61707865 3320646e 79622d32 6b206574"), *CHACHA_KEY, *words_of("1 09000000 4a000000 0")]


def test_chacha20_as_in_rfc_8439() -> None:
    given = words_of("11111111 01020304 9b8d6f43 01234567")
    found = outputs(ChaCha20QuarterRound(), states=column(given))["states"]
    assert found[:, 0].tolist() == words_of("ea2a92f4 cb1cf8ce 4581472e 5881c4bb")  # 2.1.1
    found = outputs(ChaCha20Block(), states=column(CHACHA_STATE))["blocks"]
    assert found[:, 0].tolist() == words_of(
        "e4e7f110 15593bd1 1fdd0f50 c47120a3 c7f4d1c7 0368c033 9aaa2204 4e6cd4c3 "
        "466482d2 09aa9f07 05d7c214 a2028bd9 d19c12b5 b94e16de e883d0cb 4e3c50a2"
    )  # 2.3.2


SHA_256_START = words_of("6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19")


def test_sha_256_as_in_fips_180_4() -> None:
    assert [f"{SHA_256_CONSTANTS[number]:08x}" for number in (0, 1, 63)] == ["428a2f98", "71374491", "c67178f2"]
    padded = b"abc\x80" + bytes(52) + (24).to_bytes(8, "big")
    block = [int.from_bytes(padded[start : start + 4], "big") for start in range(0, 64, 4)]
    after = outputs(Sha256Rounds(), rounds=64, state=column(SHA_256_START), block=column(block))["after"]
    digest = "".join(f"{word:08x}" for word in after[:, 0])
    assert digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest == hashlib.sha256(b"abc").hexdigest()


def keccak(lanes: Sequence[int]) -> list[int]:
    """The permutation of 25 lanes of 64 bits, row by row."""
    halves = [[lane & 0xFFFF_FFFF, lane >> 32] for lane in lanes]
    state = np.array(halves).reshape(5, 5, 2, 1)
    after = outputs(KeccakRounds(), rounds=24, state=state)["state"].reshape(25, 2).tolist()
    return [low | high << 32 for low, high in after]


def test_keccak_as_in_fips_202() -> None:
    assert (OFFSETS[3, 2], OFFSETS[2, 4]) == (25, 61)  # table 2
    assert [f"{CONSTANTS[number]:016x}" for number in (0, 1, 23)] == [
        "0000000000000001", "0000000000008082", "8000000080008008"
    ]  # fmt: skip
    once = keccak([0] * 25)  # the permutation of zeros, of the designers' intermediate values
    assert [f"{lane:016x}" for lane in once[:3]] == ["f1258f7940e1dde7", "84d5ccf933c0478a", "d598261ea65aa9ee"]
    message = b"\x06" + bytes(134) + b"\x80"  # nothing, padded for SHA3-256
    absorbed = [int.from_bytes(message[start : start + 8], "little") for start in range(0, 136, 8)]
    digest = b"".join(lane.to_bytes(8, "little") for lane in keccak([*absorbed, *[0] * 8])[:4])
    assert digest == hashlib.sha3_256(b"").digest()


def test_crc_32_of_the_usual_check() -> None:
    text = column(list(b"123456789"))
    for problem in (Crc32Bitwise(), Crc32Table()):
        assert outputs(problem, text=text)["checksums"].tolist() == [0xCBF43926]


@pytest.mark.parametrize(
    ("key", "seed", "expected"),
    [
        (b"\xff\xff\xff\xff", 0, 0x76293B50),
        (b"\x21\x43\x65\x87", 0, 0xF55B516B),
        (b"\x21\x43\x65\x87", 0x5082EDEE, 0x2362F9DE),
        (b"test", 0x9747B28C, 0x704B81DC),
        (b"aaaa", 0x9747B28C, 0x5A97808A),
    ],
)
def test_murmur3_as_others_compute_it(key: bytes, seed: int, expected: int) -> None:
    words = [int.from_bytes(key[start : start + 4], "little") for start in range(0, len(key), 4)]
    assert outputs(Murmur3(), text=column(words), seeds=[seed])["hashes"].tolist() == [expected]


def test_a_round_of_aes_as_in_fips_197() -> None:
    """Appendix B: from the start of round 1 to the start of round 2."""
    state = words_of("193de3be a0f4e22b 9ac68d2a e9f84808")
    key = words_of("a0fafe17 88542cb1 23a33939 2a6c7605")
    after = outputs(AesRound(), state=column(state), key=key)["after"]
    assert after[:, 0].tolist() == words_of("a49c7ff2 689f352b 6b5bea43 026a5049")


def test_xorshift_from_the_seed_of_its_paper() -> None:
    words = outputs(Xorshift(), steps=3, seeds=[2463534242])["words"]
    assert words[:, 0].tolist() == [723471715, 2497366906, 2064144800]


def test_zetas_as_in_fips_203() -> None:
    assert ZETAS[:8] == (1, 1729, 2580, 3289, 2642, 630, 1897, 848)
    assert (ZETAS[64], ZETAS[127]) == (17, 2154)


def test_layers_of_butterflies_are_a_transform() -> None:
    """Seven layers give the values of a polynomial's remainders modulo x^2 - 17^(2 brv(i) + 1) (FIPS 203, 4.3)."""
    given = np.random.default_rng(1).integers(0, PRIME, 256)
    words: Any = given
    for layer in range(7):
        words = outputs(NttButterflies(), blocks=1 << layer, half=128 >> layer, f=words)["f"]
    for pair in (0, 1, 77, 127):
        root = pow(17, 2 * int(f"{pair:07b}"[::-1], 2) + 1, PRIME)
        powers = np.array([pow(root, number, PRIME) for number in range(128)])
        assert words[2 * pair] == (given[0::2] * powers).sum() % PRIME
        assert words[2 * pair + 1] == (given[1::2] * powers).sum() % PRIME


def test_butterflies_of_a_transform_in_fixed_point() -> None:
    one, i = [32767, 0], [0, 32767]
    found = outputs(FftButterflies(), a=column([1000, -3]), b=column([20, 500]), w=column(one))
    assert found["a"].view(np.int32)[:, 0].tolist() == [1020, 497]
    found = outputs(FftButterflies(), a=column([1000, -3]), b=column([20, 500]), w=column(i))
    assert found["b"].view(np.int32)[:, 0].tolist() == [1500, -23]


def test_distances_of_texts() -> None:
    """The distance of kitten and sitting is 3."""
    before: Any = column(range(8))
    for letter in b"kitten":
        before = outputs(LevenshteinRow(), letter=[letter], text=column(list(b"sitting")), before=before)["after"]
    assert before[-1, 0] == 3


def test_points_of_the_mandelbrot_set() -> None:
    real, imaginary = [0, -1, 1, -2, 0], [0, 0, 1, 0, 1]
    points = {"real": [x << BITS for x in real], "imaginary": [y << BITS for y in imaginary]}
    assert outputs(Mandelbrot(), steps=9, **points)["counts"].tolist() == [9, 9, 1, 0, 9]


@pytest.mark.parametrize(("n", "exchanges"), [(4, 5), (8, 19), (16, 63)])
def test_batchers_network_has_as_many_exchanges_as_is_known(n: int, exchanges: int) -> None:
    assert len(list(network(n))) == exchanges  # Knuth, vol. 3, 5.2.2
