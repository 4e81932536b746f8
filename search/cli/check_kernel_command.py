"""``slotsmith check``: whether a kernel can be built, does what its reference does, and is declared as it should be."""

from typing import Annotated

import typer

from machine.errors import KernelError
from machine.nearest import counted
from problems.checking.kernel_checks import Report, check_kernel
from problems.checking.room import require_input_room
from search.cli.options import (
    DEFAULT_MACHINE,
    CategoryOption,
    JsonOption,
    MachineOption,
    ProblemArgument,
    ShapeOption,
    print_json,
)
from search.strategy.budget import MOST_SECONDS
from search.tasks.task import resolve_task


def check_kernel_command(
    problem: ProblemArgument,
    shape: ShapeOption = "",
    category: CategoryOption = None,
    machine: MachineOption = DEFAULT_MACHINE,
    inputs: Annotated[int, typer.Option(min=2, help="Inputs on which numpy and the reference are compared.")] = 1000,
    limit: Annotated[float, typer.Option(min=0.1, max=MOST_SECONDS, help="Seconds for each check.")] = 30.0,
    json: JsonOption = False,
) -> None:
    """Build a kernel, run it, compare it with its reference, and look for mistakes in what it declares.

    Example: slotsmith check saxpy --shape n=100
    """
    task, name = resolve_task(problem, shape, category, machine)
    require_input_room(task.problem, task.shape, inputs)
    report = check_kernel(task.problem, task.shape, task.category, task.machine, inputs, limit)
    if json:
        print_json({"mistakes": [str(each) for each in report.mistakes], "operations": report.operations})
        raise typer.Exit(2 if report.mistakes else 0)
    if report.mistakes:
        others = _others(report)
        first = str(report.mistakes[0]).splitlines()[: KernelError.MOST_LINES - len(others)]
        raise KernelError("\n".join(first + others))
    typer.echo(f"{task.problem.name} {name.shape} on {task.machine.name}: right")
    typer.echo(f"  graph      {counted(report.operations or 0, 'operation')}, {_knobs(report.knobs)}")
    compared = f"  compared   graph and reference on {counted(report.graph_inputs, 'input')}"
    if report.settings:
        compared += f", with {counted(report.settings, 'other setting')} of the knobs too"
    if report.numpy_inputs:
        compared += f", the kernel on numpy and the reference on {report.numpy_inputs}"
    typer.echo(compared)


def _knobs(number: int) -> str:
    if not number:
        return "no knobs"
    return f"{counted(number, 'knob')}, {'which' if number == 1 else 'each of which'} changes it"


def _others(report: Report) -> list[str]:
    others = [str(each).splitlines()[0] for each in report.mistakes[1:]]
    return [f"  besides:   {'; '.join(others)}"] if others else []
