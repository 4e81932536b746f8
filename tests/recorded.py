"""Recorded executions that every implementation must reproduce: the conformance files of the specification."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from machine.execution import Execution
from machine.program import Program, program_from_json

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class MachineCase:
    name: str
    memory: list[int]
    program: Program
    expected: Execution


@dataclass(frozen=True)
class TreeHashCase:
    shape: dict[str, int]
    memory: list[int]
    indices: list[int]
    values: list[int]

    @property
    def name(self) -> str:
        return "-".join(str(number) for number in self.shape.values())


def _read(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(gzip.decompress((GOLDEN / name).read_bytes()))
    return cases


@cache
def machine_cases() -> tuple[MachineCase, ...]:
    return tuple(_machine_case(case) for case in _read("machine.json.gz"))


@cache
def tree_hash_cases() -> tuple[TreeHashCase, ...]:
    return tuple(
        TreeHashCase(
            {name: case[name] for name in ("height", "rounds", "batch")},
            case["memory"],
            case["indices"],
            case["values"],
        )
        for case in _read("tree_hash.json.gz")
    )


def _machine_case(case: dict[str, Any]) -> MachineCase:
    expect = case["expect"]
    scratch = [0] * 1536
    for address, word in expect["scratch"].items():
        scratch[int(address)] = word
    expected = Execution(expect["cycles"], expect["memory"], scratch, expect["trace"])
    return MachineCase(case["name"], case["memory"], program_from_json(case["program"]), expected)
