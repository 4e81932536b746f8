"""``slotsmith new``: a kernel to begin with, and its test."""

import errno
import keyword
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from machine.errors import UserError
from search.cli.kernel_template import KERNEL, TEST

_MOST_CHARACTERS = 60


def new_command(
    kernel: Annotated[str, typer.Argument(help="A name for the kernel, as in alpha_blend or AlphaBlend.")],
    folder: Annotated[Path, typer.Option(help="Where to write; made if need be.")] = Path(),
) -> None:
    """Write a commented kernel and its test, to be changed into what you want; nothing is overwritten.

    Example: slotsmith new alpha_blend
    """
    name = _module_name(kernel)
    words = {"name": name, "class_name": "".join(part[:1].upper() + part[1:] for part in name.split("_"))}
    files = {folder / f"{name}.py": KERNEL.substitute(words), folder / f"test_{name}.py": TEST.substitute(words)}
    for path in files:
        if path.exists() or path.is_symlink():
            raise UserError(f"{path} is there already: give another name or --folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        if error.errno != errno.EEXIST:  # of a full disk, say, an empty file is left
            for path in files:
                path.unlink(missing_ok=True)
        raise UserError(f"cannot write in {folder}: {error.strerror}") from None
    source, test = files
    typer.echo(f"wrote {source} and {test}; next:")
    for then in (f"slotsmith check {source}:{words['class_name']}", f"slotsmith search {source}:{words['class_name']}"):
        typer.echo(f"  {then}")
    typer.echo(f"  pytest {test}")


def _module_name(kernel: str) -> str:
    """The name of the kernel's file, without its ending: ``alpha_blend`` for ``AlphaBlend``, too.

    Raises:
        UserError: it can be none: no identifier, a word of Python's, or a module that there is.
    """
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kernel).lower()
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise UserError(f"'{kernel}' is no name for a kernel: use letters, digits and '_', as in alpha_blend")
    if len(name) > _MOST_CHARACTERS:
        raise UserError(f"'{kernel}' is too long for a name: {_MOST_CHARACTERS} characters are enough")
    if name.startswith("test_") or find_spec(name) is not None:
        raise UserError(f"'{kernel}' is the name of a module or test: use another, as in my_{name}")
    return name
