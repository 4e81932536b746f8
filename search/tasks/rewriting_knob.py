"""The knob that every task has beside those of its problem: whether its graph is rewritten, and to what end."""

from machine.errors import UserError
from problems.knobs import ChoiceKnob, Knob, KnobSettings, KnobValue
from rewriting.aim import AIMS, Aim
from rewriting.recipe import Recipe
from search.tasks.task import Task

REWRITE = "rewrite"
OFF = "off"
USUAL_AIM = "cycles"

SUMMARY = "rewrite the graph: least work, least depth, whichever decides about cycles, or between (docs/rewriting.md)"


def rewrite_knob(default: str = OFF) -> ChoiceKnob:
    """The knob; settings that do not name it leave the graph as it is built."""
    return ChoiceKnob(REWRITE, default, SUMMARY, formerly=OFF, choices=(OFF, *AIMS))


def declared_knobs(task: Task) -> tuple[Knob, ...]:
    """The knobs that a user may set: those of the problem, and whether the graph is rewritten.

    Raises:
        UserError: the problem has a knob of that name.
    """
    own = task.problem.knobs(task.shape, task.category, task.machine)
    if any(knob.name == REWRITE for knob in own):
        raise UserError(
            f"problem {task.problem.name} has a knob '{REWRITE}', as every search has: give it another name"
        )
    return (*own, rewrite_knob())


def aim_of(knobs: KnobSettings) -> Aim | None:
    """What the graph of some settings is rewritten for; ``None`` where it is not."""
    value = str(knobs.get(REWRITE, OFF))
    return None if value == OFF else AIMS[value]


def of_problem(knobs: KnobSettings) -> dict[str, KnobValue]:
    """The settings of the problem's own knobs."""
    return {name: value for name, value in knobs.items() if name != REWRITE}


def as_it_was(knobs: KnobSettings, recipe: Recipe | None) -> dict[str, KnobValue]:
    """The settings that build a graph again, of which one that no recipe rewrote, whatever they say, stays so."""
    is_plain = recipe is None and REWRITE in knobs
    return {**knobs, REWRITE: OFF} if is_plain else dict(knobs)
