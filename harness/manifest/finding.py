"""Where workloads and scenarios are, and what a workload's content comes to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import harness
from harness.errors import FileError, UsageError
from harness.manifest.workload import MANIFEST

LEFT_BEHIND = (
    *("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".git", ".DS_Store", ".ansible", ".terraform"),
    *(".terraform.lock.hcl", ".terraform.tfstate.lock.info", "terraform.tfstate", "terraform.tfstate.backup"),
)
"""What tools leave in a workload's folder when it is used by hand: no part of its content."""

_SCRAPS = (".pyc", "~", ".swp")
"""How the names of files end that editors and Python leave beside others."""

CHECKS = "checks"
"""The folder beside a payload whose content counts in the catalogue's digest, not in the workload's."""


def find_workload(name: str, beside: Path | None = None) -> Path:
    """The folder of the workload ``name``: a path, or a name in ``workloads/`` here or among those that came with the package.

    ``beside`` is the folder from which a relative path counts, when it stands in a file.

    Raises:
        UsageError: there is none; says where it was looked for, and which there are.
    """
    return _found("workload", name, [place / name / MANIFEST for place in _places("workloads", name, beside)]).parent


def find_scenario(name: str) -> Path | None:
    """The file of the scenario ``name``: a path, or a name in ``scenarios/`` here or in the package; ``None`` when there is none."""
    file = name if name.endswith((".yaml", ".yml")) else f"{name}.yaml"
    return next((path for place in _places("scenarios", name, None) if (path := place / file).is_file()), None)


def names(shelf: str) -> list[str]:
    """The names of all ``workloads`` or ``scenarios`` that can be found by name."""
    entries = [each for place in _shelves(shelf) if place.is_dir() for each in place.iterdir()]
    if shelf == "workloads":
        return sorted({each.name for each in entries if (each / MANIFEST).is_file()})
    return sorted({each.stem for each in entries if each.suffix == ".yaml"})


def digest(folder: Path) -> str:
    """What the workload in ``folder`` is: the same for the same paths and contents, whatever their order, times and modes.

    Its checks and what tools leave behind do not count.

    Raises:
        FileError: a file cannot be read, or a link leads out of the folder, so that what is deployed could change unseen.
    """
    total = sha256()
    for path in sorted(_payload(folder), key=lambda each: each.relative_to(folder).as_posix()):
        if not path.resolve().is_relative_to(folder.resolve()):
            raise FileError(path, "", "is a link that leads out of the workload's folder", mend="put a copy there instead")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise FileError(path, "", f"cannot be read: {error.strerror}", mend="make it readable, or take it out") from error
        total.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return f"sha256:{total.hexdigest()}"


def is_payload(path: Path, workload: Path) -> bool:
    """Whether ``path``, a file or a folder in the folder ``workload``, counts in its digest, and so is deployed."""
    if path.name in LEFT_BEHIND:
        return False
    if path.is_dir():
        return not (path.parent == workload and path.name == CHECKS)
    return not path.name.endswith(_SCRAPS)


def _payload(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = [each for each in folders if is_payload(here / each, folder)]
        yield from (here / each for each in folders if (here / each).is_symlink())
        yield from (here / each for each in files if is_payload(here / each, folder))


def _found(what: str, name: str, candidates: list[Path]) -> Path:
    found = next((each for each in candidates if each.is_file()), None)
    if found:
        return found
    there = ", ".join(names(f"{what}s")) or "none"
    looked = ", ".join(str(each) for each in candidates)
    raise UsageError(f"there is no {what} {name}; looked for {looked}", mend=f"name a folder, or one of these: {there}")


def _places(shelf: str, name: str, beside: Path | None) -> list[Path]:
    """Where ``name`` counts from: a path from where it is written, a bare name from the shelves."""
    if os.sep in name or name.startswith(".") or name.endswith((".yaml", ".yml")):
        return [beside or Path()]
    return _shelves(shelf)


def _shelves(shelf: str) -> list[Path]:
    """Here; in the installed package; beside it, when the package is a source tree."""
    package = Path(harness.__file__).parent
    shelves = [Path(shelf), package / "share" / shelf]
    if (package.parent / "pyproject.toml").is_file():
        shelves.append(package.parent / shelf)
    return shelves
