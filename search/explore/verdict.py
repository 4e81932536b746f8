"""What an exploration says, in sentences: what would be worth adding, and what could be less."""

from machine.architecture import Machine
from machine.features import Feature, FeatureKind
from search.explore.exploration import Exploration, Row

_MOST_NAMED = 6


def sentences(found: Exploration) -> list[str]:
    """One about what is worth adding; one about what the machine could do without, if there is anything."""
    said = [_worth_adding(found)]
    spare = [row for row in found.rows if _is_less(row, found.task.machine) and found.saved(row) == 0]
    if spare:
        named = ", ".join(_change(row, found.task.machine) for row in spare[:_MOST_NAMED])
        more = f" and {len(spare) - _MOST_NAMED} others" if len(spare) > _MOST_NAMED else ""
        said.append(f"Costs no cycle, each by itself: {named}{more}.")
    return said


def best_unit(found: Exploration) -> Row | None:
    """The variant with more slots, or another opcode, that saves most; ``None`` where none of them saves anything."""
    units = [row for row in found.ranked if _is_unit(row) and not _is_less(row, found.task.machine)]
    return _best(found, units)


def _worth_adding(found: Exploration) -> str:
    unit, any_change = best_unit(found), _best(found, list(found.ranked))
    if unit is None and any_change is None:
        most = f" of {found.asked}" if found.is_interrupted else ""
        return f"No unit is worth adding: none of {len(found.rows)}{most} changes saves a cycle of {found.base.cycles}."
    if unit is None:
        said = "No unit is worth adding"
    else:
        said = f"Worth adding: {_change(unit, found.task.machine)}, which saves {_saving(found, unit)}"
    if any_change is not None and any_change is not unit and _saved(found, any_change) > _saved(found, unit):
        said += (
            f"; among all changes {_change(any_change, found.task.machine)} saves most, {_saving(found, any_change)}"
        )
    return f"{said}."


def _best(found: Exploration, rows: list[Row]) -> Row | None:
    """The first row that saves most; of rows that save as much, the one nearest to the machine as it is."""
    saving = [row for row in rows if _saved(found, row) > 0]
    return min(saving, key=lambda row: (-_saved(found, row), _distance(row, found.task.machine)), default=None)


def _saved(found: Exploration, row: Row | None) -> int:
    return 0 if row is None else found.saved(row) or 0


def _saving(found: Exploration, row: Row) -> str:
    saved, base = _saved(found, row), found.base.cycles or 1
    return f"{saved} of {base} cycles ({saved / base:.1%})"


def _distance(row: Row, machine: Machine) -> int:
    return abs(row.variant.value - _feature(row).value(machine))


def _is_unit(row: Row) -> bool:
    return _feature(row).kind in (FeatureKind.SLOTS, FeatureKind.OPCODE)


def _is_less(row: Row, machine: Machine) -> bool:
    """Whether the variant has less of something than the machine; a longer latency is less, too."""
    more = row.variant.value - _feature(row).value(machine)
    return more > 0 if _feature(row).kind is FeatureKind.LATENCY else more < 0


def _change(row: Row, machine: Machine) -> str:
    feature, value = _feature(row), row.variant.value
    if feature.kind is FeatureKind.OPCODE:
        return f"{feature} {'added' if value else 'left out'}"
    return f"{feature} {feature.value(machine)} → {value}"


def _feature(row: Row) -> Feature:
    feature = row.variant.feature
    assert feature is not None, "the machine itself is no row"
    return feature
