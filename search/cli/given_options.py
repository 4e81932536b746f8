"""Which options the user has given; those that mean nothing beside others are refused, not passed over."""

from collections.abc import Collection

import typer

from machine.errors import UserError


def is_given(context: typer.Context, name: str) -> bool:
    """Whether the parameter that the command's function calls so stands on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def refuse_given(context: typer.Context, names: Collection[str], why: str) -> None:
    """Refuse those of the parameters that stand on the command line.

    Args:
        context: of the command.
        names: of parameters, as the command's function calls them.
        why: they are refused, and what to do.

    Raises:
        UserError: one of them does; names each that does.
    """
    given = [each for each in context.command.params if each.name in names and is_given(context, each.name)]
    if given:
        words = [each.opts[0] if each.param_type_name == "option" else str(each.name) for each in given]
        raise UserError(f"{', '.join(words)}: {why}")
