"""The packages that Slotsmith consists of, and the check that Python finds these and not others of their names."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("machine", "problems", "rewriting", "search")


def check_packages(root: Path, names: Sequence[str] = PACKAGES) -> None:
    """Refuse to start where another package of one of these names comes first on Python's path.

    The names are common ones: a folder ``search`` in the current directory is enough to shadow one of them, and half of
    the code would then be somebody else's.

    Args:
        root: the folder that holds Slotsmith's own packages.
        names: of the packages.

    Raises:
        ImportError: one is missing, or is another.
    """
    for name in names:
        spec = find_spec(name)
        places = [] if spec is None else [Path(place) for place in spec.submodule_search_locations or ()]
        if spec is not None and not places and spec.origin is not None:
            places = [Path(spec.origin)]
        if not any(place.resolve() == (root / name).resolve() for place in places):
            found = ", ".join(map(str, places)) or "nothing"
            raise ImportError(
                f"Slotsmith needs its own package '{name}' ({root / name}), but Python finds {found}: "
                "start from another folder, or take what shadows it off the path (PYTHONPATH)"
            )
