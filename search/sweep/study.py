"""Studies: a task, and the space that is searched for it; how a sweep file describes studies."""

from dataclasses import dataclass, field
from itertools import product
from typing import Any

from machine.errors import UserError
from problems.knobs import KnobValue
from problems.loader import load_problem
from problems.problem import check_category, format_shape, parse_shape, resolve_knobs
from search.strategy.stage_work import StageWork, format_works, parse_works
from search.sweep.fields import Table, quoted
from search.sweep.machine_variants import MachineVariant, Variants, find_machines, read_variants
from search.tasks.rewriting_knob import declared_knobs
from search.tasks.task import TaskName

MOST_STUDIES = 1000
"""Of a sweep: each shape, category and machine of a table is one."""


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


def read_studies(top: Table) -> tuple[StudySpec, ...]:
    """The studies of a sweep file, in its order.

    Raises:
        UserError: a table that is no study, or is one that there is already.
    """
    top.require("studies")
    variants = read_variants(top.tables("machines"))
    studies: list[StudySpec] = []
    digests: dict[str, str] = {}
    for table in top.tables("studies"):
        for study in _expanded(table, variants, MOST_STUDIES - len(studies)):
            task, machine = study.task, study.task.machine
            if study in studies:
                raise table.error(f"{task.problem} {task.shape} {task.category} on {machine.name} is there already")
            if digests.setdefault(machine.name, machine.digest) != machine.digest:
                raise table.error(f"machines: two differ that are both called '{machine.name}': rename one")
            studies.append(study)
    return tuple(studies)


def _expanded(table: Table, variants: Variants, most: int) -> list[StudySpec]:
    """The studies of a table, no more than ``most``: all combinations of its shapes, categories and machines."""
    table.require("problem")
    name = table.text("problem", "")
    with table.about("problem"):
        problem = load_problem(name)
    with table.about("shapes"):
        shapes = [format_shape(parse_shape(problem, text)) for text in table.texts("shapes", [""])]
    with table.about("categories"):
        categories = [check_category(problem, text) for text in table.texts("categories", problem.categories[:1])]
    with table.about("machines"):
        names = table.texts("machines", ["takehome"])
        machines = [machine for text in names for machine in find_machines(text, variants)]
    policies = table.flag("policies", False)
    with table.about("stages"):
        stages = tuple(parse_works(text) for text in table.texts("stages", ["none"]))
    fix, space = table.dotted("fix"), table.dotted("space")
    table.end()
    if len(shapes) * len(categories) * len(machines) > most:
        raise table.error(f"a sweep has at most {MOST_STUDIES:,} studies")
    studies = []
    for shape, category, variant in product(shapes, categories, machines):
        task = TaskName(name, shape, category, variant.machine)
        studies.append(StudySpec(task, *_settings(table, task, fix, space), policies, stages, variant))
    return studies


def _settings(
    table: Table, task: TaskName, fix: dict[str, Any], space: dict[str, Any]
) -> tuple[dict[str, KnobValue], dict[str, tuple[KnobValue, ...]]]:
    """The knobs that a study fixes, and those that it narrows, checked against what the task declares."""
    loaded = task.load()
    knobs = declared_knobs(loaded)
    where = f"({task.shape} {task.category} on {task.machine.name})"
    with table.about(f"fix {where}"):
        fixed = resolve_knobs(knobs, {name: _setting(name, value) for name, value in fix.items()})
    narrowed: dict[str, tuple[KnobValue, ...]] = {}
    with table.about(f"space {where}"):
        for name, values in space.items():
            if name in fixed:
                raise UserError(f"knob {name} is fixed already")
            if not isinstance(values, list) or not values:
                raise UserError(f"knob {name} must have a list of values, not {quoted(values)}")
            narrowed[name] = tuple(resolve_knobs(knobs, {name: _setting(name, value)})[name] for value in values)
            if len(set(narrowed[name])) < len(values):
                raise UserError(f"knob {name} has a value twice: {quoted(values)}")
    return fixed, narrowed


def _setting(name: str, value: Any) -> str:
    if type(value) not in (int, str):
        raise UserError(f"knob {name} takes an integer or a text, not {quoted(value)}")
    return str(value)
