"""What a job does first on each node: choose the sources to run, and go to where its files are.

A copy of this file is the package ``slotsmith_code`` that a job ships, with the sources of its submitter inside, so
nothing but the standard library is imported here.  A node with the very same sources installed runs those: their
compiled functions are cached already.  On any other node the shipped ones come first.
"""

import hashlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path

CODE = "slotsmith_code"
"""The package that this file becomes."""

PACKAGES = ("machine", "problems", "rewriting", "search", "slotsmith")
"""The packages that are shipped inside it: all that a job imports, and what kernels of users import."""

FILES = "slotsmith-files"
"""The folder of a job that has the files which a sweep names, where they are from the submitter's directory."""

_SUFFIXES = (".py", ".toml")


def source_files(root: Path) -> list[Path]:
    """The files of Slotsmith's packages in a folder, relative to it, in order."""
    found = [path for package in PACKAGES for path in (root / package).rglob("*")]
    return sorted(path.relative_to(root) for path in found if path.suffix in _SUFFIXES and path.is_file())


def sources_digest(root: Path) -> str:
    """SHA-256 of the files of Slotsmith's packages in a folder, with their names."""
    digest = hashlib.sha256()
    for file in source_files(root):
        content = (root / file).read_bytes()
        digest.update(f"{file.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def installed_root() -> Path | None:
    """The folder that Slotsmith's packages are imported from; ``None`` if there are none, or not in one folder."""
    roots = set()
    for package in PACKAGES:
        found = find_spec(package)
        roots.add(None if found is None or found.origin is None else Path(found.origin).parents[1])
    return roots.pop() if len(roots) == 1 else None


def activate() -> None:
    """Ray calls this in each process that serves the job."""
    here = Path(__file__).parent
    installed = installed_root()
    if installed is None or sources_digest(installed) != sources_digest(here):
        sys.path.insert(0, str(here))
    if Path(FILES).is_dir():
        os.chdir(FILES)


def run() -> None:
    """The job itself, on the head node."""
    activate()
    from search.sweep.cluster.job_run import main  # noqa: PLC0415  (not before the sources are chosen)

    here = Path.cwd()
    main(here.parent if here.name == FILES else here)
