"""Show the end of a log, and what is added to it."""

from __future__ import annotations

import sys
import time
from collections import deque
from pathlib import Path
from typing import TextIO

from harness.errors import LabError

__all__ = ["show"]

_STEP_S = 0.3


def show(file: Path, lines: int, *, follow: bool, to: TextIO = sys.stdout) -> None:
    """Write the last ``lines`` of a log, and with ``follow`` all that comes, until interrupted; LabError where there is no log."""
    try:
        log = file.open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise LabError(f"nothing was logged yet in {file}", mend="see with `interop lab status` whether the service runs") from None
    with log:
        to.writelines(deque(log, maxlen=lines))
        while follow:
            to.write(log.read())
            to.flush()
            time.sleep(_STEP_S)
