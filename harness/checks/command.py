"""How a cell's checks are started: a process of their own, which nothing that happens to be installed or configured nearby disturbs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from harness.model import Phase


def command(cell: Path, phases: Iterable[Phase | str], folders: Iterable[Path]) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment of the process that runs the checks of ``folders`` against the cell in the folder ``cell``.

    The verdicts stand in the cell's journal. The exit code is 0, 1 or 5 when the checks ran, whatever they found; any other means that
    they could not run, and standard error says why.
    """
    arguments = [
        *(sys.executable, "-m", "pytest"),
        *("-p", "interop", "-p", "no:cacheprovider"),
        *("-c", os.devnull, "--rootdir", str(cell), "--import-mode", "importlib"),
        *("--interop-cell", str(cell), "--interop-phases", ",".join(map(str, phases))),
        *("-q", "--tb", "short", "--no-header"),
        *map(str, folders),
    ]
    own = {key: value for key, value in os.environ.items() if key not in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
    return arguments, {**own, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
