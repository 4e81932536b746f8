"""Studies: a task, and the space that is searched for it; how a sweep file describes studies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeVar

from machine.errors import UserError
from machine.strict_table import StrictTable, shown
from problems.checking.room import require_room
from problems.knobs import Knob, KnobValue
from problems.loader import load_problem
from problems.problem import check_category, format_shape, parse_shape, resolve_knobs
from problems.rules import require_rules
from search.strategy.stage_work import StageWork, format_works, parse_works
from search.sweep.machine_variants import VARIANT_KEYS, MachineVariant, Variants, find_machines, read_variants
from search.tasks.rewriting_knob import declared_knobs
from search.tasks.task import TaskName

Read = TypeVar("Read")

MOST_STUDIES = 1000
"""Of a sweep: each shape, category and machine of a table is one."""

STUDY_KEYS = ("problem", "shapes", "categories", "machines", "policies", "stages", "fix", "space")


@dataclass(frozen=True)
class StudySpec:
    """One task of a sweep, and what is searched for it.

    Attributes:
        task: the task.
        fixed: knobs that keep a value.
        narrowed: knobs that take one of some values.
        policies: whether the list scheduler's priorities are searched too.
        stages: what trials go through after list scheduling: one of these.
        variant: the task's machine as a variant, where the sweep file says so.
    """

    task: TaskName
    fixed: dict[str, KnobValue]
    narrowed: dict[str, tuple[KnobValue, ...]]
    policies: bool
    stages: tuple[tuple[StageWork, ...], ...] = ((),)
    variant: MachineVariant | None = field(default=None, compare=False)

    def deciding(self) -> list[Any]:
        """Everything that the study's results depend on, the sources of the problem and the machine model included."""
        task, machine = self.task, self.task.machine
        sources = load_problem(task.problem).digest()
        named = [task.problem, sources, task.shape, task.category, machine.name, machine.digest]
        stages = [format_works(works) for works in self.stages]
        return [*named, self.fixed, self.narrowed, self.policies, stages]


def read_studies(top: StrictTable) -> tuple[StudySpec, ...]:
    """The studies of a sweep file, in its order.

    Raises:
        UserError: a table that is no study, or is one that there is already.
    """
    variants = read_variants(top.tables("machines", VARIANT_KEYS, MOST_STUDIES, default=[]))
    studies: list[StudySpec] = []
    digests: dict[str, str] = {}
    for table in top.tables("studies", STUDY_KEYS, MOST_STUDIES):
        for study in _expanded(table, variants, MOST_STUDIES - len(studies)):
            task, machine = study.task, study.task.machine
            if study in studies:
                raise table.error(f"{task.problem} {task.shape} {task.category} on {machine.name} is there already")
            if digests.setdefault(machine.name, machine.digest) != machine.digest:
                raise table.error(f"two differ that are both called '{machine.name}': rename one", "machines")
            studies.append(study)
    return tuple(studies)


def _expanded(table: StrictTable, variants: Variants, most: int) -> list[StudySpec]:
    """The studies of a table, no more than ``most``: all combinations of its shapes, categories and machines."""
    name = table.text("problem")
    with table.about("problem"):
        problem = load_problem(name)
    shapes = _each(table, "shapes", [""], lambda text: format_shape(parse_shape(problem, text)))
    categories = _each(table, "categories", problem.categories[:1], lambda text: check_category(problem, text))
    found = _each(table, "machines", ["takehome"], lambda text: find_machines(text, variants))
    machines = [machine for several in found for machine in several]
    stages = tuple(_each(table, "stages", ["none"], parse_works))
    policies = table.boolean("policies", default=False)
    fix, space = table.dotted("fix", default={}), table.dotted("space", default={})
    if len(shapes) * len(categories) * len(machines) > most:
        raise table.error(f"a sweep has at most {MOST_STUDIES:,} studies")
    studies = []
    for shape, category, variant in product(shapes, categories, machines):
        with table.about("shapes"):
            require_room(problem, parse_shape(problem, shape), variant.machine)
        task = TaskName(name, shape, category, variant.machine)
        studies.append(StudySpec(task, *_settings(task, fix, space), policies, stages, variant))
    return studies


def _each(table: StrictTable, key: str, default: Sequence[str], read: Callable[[str], Read]) -> list[Read]:
    """What the texts of a list stand for."""
    found = []
    for position, text in enumerate(table.texts(key, MOST_STUDIES, default)):
        with table.about(key, position):
            found.append(read(text))
    return found


def _settings(
    task: TaskName, fix: StrictTable, space: StrictTable
) -> tuple[dict[str, KnobValue], dict[str, tuple[KnobValue, ...]]]:
    """The knobs that a study fixes, and those that it narrows, checked against what the task declares."""
    loaded = task.load()
    knobs = declared_knobs(loaded)
    where = f"for {task.shape} {task.category} on {task.machine.name}: "
    fixed: dict[str, KnobValue] = {}
    for name in fix:
        with fix.about(name, note=where):
            fixed[name] = _knob_value(knobs, name, fix[name])
    with fix.about(note=where):
        require_rules(loaded.problem.rules(loaded.shape, loaded.category, loaded.machine), fixed)
    narrowed: dict[str, tuple[KnobValue, ...]] = {}
    for name in space:
        with space.about(name, note=where):
            narrowed[name] = _knob_values(knobs, name, space[name])
            if name in fixed:
                raise UserError("it is fixed already")
    return fixed, narrowed


def _knob_values(knobs: Sequence[Knob], name: str, values: Any) -> tuple[KnobValue, ...]:
    if not isinstance(values, list) or not values:
        raise UserError(f"must be a list of values, not {shown(values)}")
    found = tuple(_knob_value(knobs, name, value) for value in values)
    if len(set(found)) < len(found):
        raise UserError(f"a value is listed twice: {shown(values)}")
    return found


def _knob_value(knobs: Sequence[Knob], name: str, value: Any) -> KnobValue:
    if type(value) not in (int, str):
        raise UserError(f"must be a whole number or a text, not {shown(value)}")
    return resolve_knobs(knobs, {name: str(value)})[name]
