"""Machines: engines, slots, opcodes, latencies and scratch, as data."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from machine.definition import Definition
from machine.errors import UserError
from machine.limits import MOST_LANES, MOST_LATENCY, MOST_SCRATCH_WORDS, MOST_SLOTS
from machine.opcodes import VECTOR_ENGINE, Effect, Opcode


@dataclass(frozen=True, slots=True)
class Engine:
    """An execution engine: how many slots a bundle may give it and which opcodes it runs.

    ``free`` engines (debug) are ignored when scored: they cost no cycle and their slots are not counted.
    ``vector`` engines do arithmetic on vectors, others on words; ``None`` stands for what is usual for the name.
    """

    name: str
    slots: int
    opcodes: Mapping[str, Opcode]
    latencies: Mapping[str, int]
    free: bool = False
    vector: bool | None = None

    @property
    def is_unusual(self) -> bool:
        """Whether its arithmetic is on words where the name stands for vectors, or on vectors where it does not."""
        return self.vector not in (None, self.name == VECTOR_ENGINE)

    @property
    def has_vector_arithmetic(self) -> bool:
        """Whether it runs arithmetic, or opcodes of one's own, on vectors."""
        return any(
            opcode.is_vector and opcode.effect in (Effect.BINARY, Effect.OWN) for opcode in self.opcodes.values()
        )


@dataclass(frozen=True)
class Machine:
    """A VLIW SIMD machine.

    Attributes:
        name: the name in leaderboards.
        vector_length: lanes of a vector operand.
        scratch_words: size of the scratch file, in words.
        engines: the engines, by name, in the order in which emitted bundles list them.
        scratch_starts_zero: whether scratch holds zeros when a program starts; if not, it may hold anything.
    """

    name: str
    vector_length: int
    scratch_words: int
    engines: Mapping[str, Engine] = field(hash=False)
    scratch_starts_zero: bool = True

    def __hash__(self) -> int:
        return hash((self.name, self.vector_length, self.scratch_words))

    @cached_property
    def scored_engines(self) -> tuple[Engine, ...]:
        """The engines that count, in order; an engine's position is its number in arrays."""
        return tuple(engine for engine in self.engines.values() if not engine.free)

    @cached_property
    def definitions(self) -> Mapping[str, Definition]:
        """The opcodes that are the machine's own, by name, in the order in which engines list them."""
        opcodes = [opcode for engine in self.engines.values() for opcode in engine.opcodes.values()]
        return {opcode.name: opcode.definition for opcode in opcodes if opcode.definition is not None}

    def opcode(self, engine: str, name: str) -> Opcode:
        """The opcode ``name`` of ``engine``; ``KeyError`` where the machine has none such."""
        return self.engines[engine].opcodes[name]

    def offers(self, engine: str, name: str) -> bool:
        """Whether the machine has the opcode ``name`` on ``engine``."""
        return engine in self.engines and name in self.engines[engine].opcodes

    def having(self, name: str, *, vector: bool | None = None) -> tuple[Opcode, ...]:
        """The opcodes of that name, of all engines in order; on vectors or on words alone, unless ``None``."""
        return self._by_name.get((name, vector), ())

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, bool | None], tuple[Opcode, ...]]:
        """What :meth:`having` gives."""
        found: dict[tuple[str, bool | None], tuple[Opcode, ...]] = {}
        for engine in self.scored_engines:
            for name, opcode in engine.opcodes.items():
                for vector in (None, opcode.is_vector):
                    found[name, vector] = (*found.get((name, vector), ()), opcode)
        return found

    def latency(self, opcode: Opcode) -> int:
        """Cycles from issue until a result may be read."""
        return self.engines[opcode.engine].latencies.get(opcode.name, 1)

    @cached_property
    def max_latency(self) -> int:
        """The longest latency of any opcode."""
        return max((max(e.latencies.values(), default=1) for e in self.engines.values()), default=1)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that decides what a program does and costs; the name is not part of it.

        What a machine without opcodes of its own, and without unusual engines, cannot have is not part of it either:
        such a machine has the digest that it had before there were any.
        """
        lines = [f"vector_length={self.vector_length}", f"scratch_words={self.scratch_words}"]
        if not self.scratch_starts_zero:
            lines.append("scratch_starts_zero=0")
        for engine in self.engines.values():
            timing = ",".join(f"{name}:{self.latency(engine.opcodes[name])}" for name in sorted(engine.opcodes))
            lines.append(f"{engine.name}:{engine.slots}:{int(engine.free)}:{timing}")
            if engine.is_unusual:
                lines.append(f"vector={int(bool(engine.vector))}")
            own = [opcode for _, opcode in sorted(engine.opcodes.items()) if opcode.definition is not None]
            lines.extend(f"{'vector' if opcode.is_vector else 'word'} {opcode.definition}" for opcode in own)
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
            UserError: an unknown engine or opcode, or a number below 1 or beyond the limits of a machine.
        """
        unknown = [name for name in (slots or {}) if name not in self.engines]
        unknown += [f"{engine}.{op}" for engine, op in (latencies or {}) if not self.offers(engine, op)]
        numbers = [*(slots or {}).values(), *(latencies or {}).values(), vector_length or 1, scratch_words or 1]
        if unknown or min(numbers) < 1:
            raise UserError(f"machine {name}: {', '.join(unknown) or 'a number below 1'} is not to be had")
        limits = [(vector_length or 1, MOST_LANES), (scratch_words or 1, MOST_SCRATCH_WORDS)]
        limits += [(number, MOST_SLOTS) for number in (slots or {}).values()]
        limits += [(number, MOST_LATENCY) for number in (latencies or {}).values()]
        for number, most in limits:
            if number > most:
                raise UserError(f"machine {name}: {number:,} is more than the {most:,} that there may be")
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
            self.scratch_starts_zero,
        )
