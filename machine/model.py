"""Machine models: engines, slots, opcodes, latencies and scratch, as data.

A model is a TOML file; those in ``machine/models`` are known by name.  Nothing outside this package knows a number of
any machine.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from machine.errors import UserError
from machine.opcodes import OPCODES, Effect, Opcode


@dataclass(frozen=True, slots=True)
class Engine:
    """An execution engine: how many slots a bundle may give it and which opcodes it runs.

    ``free`` engines (debug) are ignored when scored: they cost no cycle and their slots are not counted.
    """

    name: str
    slots: int
    opcodes: Mapping[str, Opcode]
    latencies: Mapping[str, int]
    free: bool = False


@dataclass(frozen=True)
class Machine:
    """A VLIW SIMD machine.

    Attributes:
        name: the name in leaderboards.
        vector_length: lanes of a vector operand.
        scratch_words: size of the scratch file, in words.
        engines: the engines, by name, in the order in which emitted bundles list them.
    """

    name: str
    vector_length: int
    scratch_words: int
    engines: Mapping[str, Engine] = field(hash=False)

    def __hash__(self) -> int:
        return hash((self.name, self.vector_length, self.scratch_words))

    @cached_property
    def scored_engines(self) -> tuple[Engine, ...]:
        """The engines that count, in order; an engine's position is its number in arrays."""
        return tuple(engine for engine in self.engines.values() if not engine.free)

    def opcode(self, engine: str, name: str) -> Opcode:
        """The opcode ``name`` of ``engine``; ``KeyError`` where the machine has none such."""
        return self.engines[engine].opcodes[name]

    def offers(self, engine: str, name: str) -> bool:
        """Whether the machine has the opcode ``name`` on ``engine``."""
        return engine in self.engines and name in self.engines[engine].opcodes

    def latency(self, opcode: Opcode) -> int:
        """Cycles from issue until a result may be read."""
        return self.engines[opcode.engine].latencies.get(opcode.name, 1)

    @cached_property
    def max_latency(self) -> int:
        """The longest latency of any opcode."""
        return max((max(e.latencies.values(), default=1) for e in self.engines.values()), default=1)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that decides what a program does and costs; the name is not part of it."""
        lines = [f"vector_length={self.vector_length}", f"scratch_words={self.scratch_words}"]
        for engine in self.engines.values():
            timing = ",".join(f"{name}:{self.latency(engine.opcodes[name])}" for name in sorted(engine.opcodes))
            lines.append(f"{engine.name}:{engine.slots}:{int(engine.free)}:{timing}")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def variant(
        self,
        name: str,
        *,
        vector_length: int | None = None,
        scratch_words: int | None = None,
        slots: Mapping[str, int] | None = None,
        latencies: Mapping[tuple[str, str], int] | None = None,
    ) -> "Machine":
        """A machine like this one but for what is given; latencies are keyed by (engine, opcode).

        Raises:
            UserError: an unknown engine or opcode, or a number below 1.
        """
        unknown = [name for name in (slots or {}) if name not in self.engines]
        unknown += [f"{engine}.{op}" for engine, op in (latencies or {}) if not self.offers(engine, op)]
        numbers = [*(slots or {}).values(), *(latencies or {}).values(), vector_length or 1, scratch_words or 1]
        if unknown or min(numbers) < 1:
            raise UserError(f"machine {name}: {', '.join(unknown) or 'a number below 1'} is not to be had")
        engines = {}
        for engine in self.engines.values():
            changed = {op: cycles for (owner, op), cycles in (latencies or {}).items() if owner == engine.name}
            engines[engine.name] = replace(
                engine,
                slots=(slots or {}).get(engine.name, engine.slots),
                latencies={**engine.latencies, **changed},
            )
        return Machine(
            name,
            self.vector_length if vector_length is None else vector_length,
            self.scratch_words if scratch_words is None else scratch_words,
            engines,
        )


def model_names() -> list[str]:
    """Names of the machine models that come with Slotsmith."""
    folder = resources.files("machine") / "models"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_machine(name_or_path: str) -> Machine:
    """The model of that name, or of that TOML file.

    Raises:
        UserError: no such model or file, a file that is not a machine model, or one that takes a known name for
            another machine: leaderboards go by names.
    """
    if name_or_path in model_names():
        text = (resources.files("machine") / "models" / f"{name_or_path}.toml").read_text(encoding="utf-8")
        return _parse(text, name_or_path)
    path = Path(name_or_path)
    if path.suffix != ".toml":
        known = ", ".join(model_names())
        raise UserError(f"unknown machine '{name_or_path}': use one of {known}, or the path of a .toml machine model")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read machine model {path}: {error}") from None
    machine = _parse(text, str(path))
    if machine.name in model_names() and machine.digest != load_machine(machine.name).digest:
        raise UserError(f"machine model {path}: it differs from '{machine.name}', so give it a name of its own")
    return machine


def _parse(text: str, origin: str) -> Machine:
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"machine model {origin}: {error}") from None
    return machine_from_data(data, origin)


def machine_from_data(data: Mapping[str, Any], origin: str) -> Machine:
    """The machine that a model's tables describe; ``origin`` says in errors where they come from.

    Raises:
        UserError: the tables are not a machine model.
    """
    try:
        engines = {name: _engine(name, table) for name, table in data["engines"].items()}
        machine = Machine(str(data["name"]), int(data["vector_length"]), int(data["scratch_words"]), engines)
    except KeyError as error:
        raise UserError(f"machine model {origin}: missing entry {error}") from None
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UserError(f"machine model {origin}: {error}") from None
    if machine.vector_length < 1 or machine.scratch_words < 1:
        raise UserError(f"machine model {origin}: vector_length and scratch_words must be at least 1")
    return machine


def machine_to_data(machine: Machine) -> dict[str, Any]:
    """The tables of a model, as :func:`machine_from_data` reads them."""
    engines = {
        engine.name: {
            "slots": engine.slots,
            "opcodes": list(engine.opcodes),
            "latency": dict(engine.latencies),
            "free": engine.free,
        }
        for engine in machine.engines.values()
    }
    return {
        "name": machine.name,
        "vector_length": machine.vector_length,
        "scratch_words": machine.scratch_words,
        "engines": engines,
    }


def _engine(name: str, table: Mapping[str, Any]) -> Engine:
    opcodes = {}
    for opcode in table["opcodes"]:
        if (name, opcode) not in OPCODES:
            raise ValueError(f"engine '{name}' has no opcode '{opcode}'")
        opcodes[opcode] = OPCODES[name, opcode]
    latencies = {str(opcode): int(cycles) for opcode, cycles in table.get("latency", {}).items()}
    for opcode, cycles in latencies.items():
        if opcode not in opcodes or cycles < 1:
            raise ValueError(f"latency of {name}.{opcode} must be of one of its opcodes and at least 1")
    slots = int(table["slots"])
    if slots < 1:
        raise ValueError(f"engine '{name}' needs at least one slot")
    free = bool(table.get("free", False))
    if free and any(opcode.effect is not Effect.NOTHING for opcode in opcodes.values()):
        raise ValueError(f"engine '{name}' has opcodes that do something, so it cannot be free")
    return Engine(name, slots, opcodes, latencies, free)
