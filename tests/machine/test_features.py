"""Features of machines: what may be varied, how it is written, and the machines that come of it."""

import pytest

from machine.errors import UserError
from machine.features import Feature, FeatureKind, parse_variation, usual_variations
from machine.model import load_machine

TAKEHOME, SIGNAL, POCKET = map(load_machine, ("takehome", "signal", "pocket"))
SLOTS, LATENCY, OPCODE = FeatureKind.SLOTS, FeatureKind.LATENCY, FeatureKind.OPCODE


@pytest.mark.parametrize(
    ("text", "value", "others"),
    [
        ("lanes=16", 8, (16,)),
        ("scratch=512:2048:512", 1536, (512, 1024, 1536, 2048)),
        ("valu.slots=4:6,12", 6, (4, 5, 6, 12)),
        ("load.latency=2", 1, (2,)),
        ("load.vload.latency=3,3", 1, (3,)),
        ("valu.multiply_add=0", 1, (0,)),
        ("alu.multiply_add=1", 0, (1,)),
        ("alu.<<=0", 1, (0,)),
    ],
)
def test_a_variation_is_a_feature_and_values(text: str, value: int, others: tuple[int, ...]) -> None:
    variation = parse_variation(text, TAKEHOME)
    assert str(variation.feature) == text.partition("=")[0]
    assert (variation.feature.value(TAKEHOME), variation.values) == (value, others)
    for other in others:
        changed = variation.feature.changed(TAKEHOME, other)
        assert variation.feature.value(changed) == other
        assert changed.name == f"takehome {variation.feature}={other}"
        assert (changed.digest == TAKEHOME.digest) == (other == value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("valu.slots", "write 'valu.slots' as FEATURE=VALUES"),
        ("valu.slotz=2", "no feature 'valu.slotz': did you mean 'valu.slots'"),
        ("lane=2", "did you mean 'lanes'"),
        ("simd.slots=2", "no feature 'simd.slots'"),
        ("valu.cube=1", "no feature 'valu.cube'"),
        ("valu.slots=many", "write values as 8"),
        ("valu.slots=-1", "write values as 8"),
        ("valu.slots=4:8:0", "write values as 8"),
        ("valu.slots=", "write values as 8"),
        ("valu.slots=8:4", "names 0 values"),
        ("scratch=1:100000", "100,000 values"),
        ("valu.multiply_add=2", "is there (1) or not (0)"),
    ],
)
def test_what_is_no_variation_is_refused(text: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_variation(text, TAKEHOME)
    assert said in str(refused.value)


def test_the_latency_of_an_engine_is_that_of_its_slowest_opcode_and_moves_the_others_along() -> None:
    compute = Feature(LATENCY, "compute")
    assert compute.value(POCKET) == 8
    slower, faster = compute.changed(POCKET, 9), compute.changed(POCKET, 2)
    assert [slower.latency(slower.opcode("compute", name)) for name in ("//", "*", "+")] == [9, 3, 2]
    assert [faster.latency(faster.opcode("compute", name)) for name in ("//", "*", "+")] == [2, 1, 1]


def test_an_engine_without_slots_is_no_engine_and_takes_its_own_opcodes_along() -> None:
    changed = Feature(SLOTS, "mac").changed(SIGNAL, 0)
    assert set(changed.engines) == set(SIGNAL.engines) - {"mac"}
    assert set(SIGNAL.definitions) - set(changed.definitions) == {"dot4", "mul_q15"}


def test_an_opcode_of_ones_own_may_be_given_to_another_engine() -> None:
    changed = Feature(OPCODE, "scalar", "clamp").changed(SIGNAL, 1)
    assert changed.offers("scalar", "clamp")
    assert not changed.opcode("scalar", "clamp").is_vector


@pytest.mark.parametrize(("feature", "value"), [("lanes", 0), ("lanes", 2000), ("valu.slots", 9999), ("scratch", 0)])
def test_there_are_machines_that_cannot_be(feature: str, value: int) -> None:
    found = parse_variation(f"{feature}={value}", TAKEHOME)
    with pytest.raises(UserError, match="must be"):
        found.feature.changed(TAKEHOME, value)


def test_the_usual_variations_have_every_engine_lanes_and_scratch() -> None:
    found = {str(variation.feature): variation.values for variation in usual_variations(POCKET)}
    assert found == {
        "compute.slots": (2, 0),
        "move.slots": (2, 0),
        "lanes": (8, 2),
        "scratch": (192, 48),
        "compute.latency": (7, 9),
        "move.latency": (1, 3),
    }


def test_free_engines_are_not_varied() -> None:
    assert all("debug" not in str(variation.feature) for variation in usual_variations(TAKEHOME))
