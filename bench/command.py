"""The command that is measured."""

from __future__ import annotations

import subprocess
import sys


def interop(*arguments: str, codes: tuple[int, ...] = (0,)) -> None:
    """Run ``interop`` and insist on its exit code.

    Raises:
        SystemExit: it ended with another one.
    """
    done = subprocess.run([sys.executable, "-m", "harness.cli", *arguments], stdout=sys.stderr, check=False)
    if done.returncode not in codes:
        raise SystemExit(f"interop {' '.join(arguments)} ended with {done.returncode}")
