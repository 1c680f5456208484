"""``interop replay``: a recorded round on the wallboard."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.text import Text

from harness.stage.pace import Replay
from harness.stage.recording import multiplied, recorded
from harness.stage.server import Wallboard
from harness.stage.terminal import Terminal

_LOOK_S = 0.1


def play(folder: Path, speed: float, lanes: int | None, console: Console, *, terminal: bool) -> None:
    """Play the round recorded in ``folder``, in a browser until Ctrl-C, or in the ``terminal`` to its end.

    Raises:
        JournalError: ``folder`` has no round that can be played.
        UsageError: there are more lanes than ``lanes``.
    """
    replay = Replay(multiplied(recorded(folder), lanes), speed)
    with suppress(KeyboardInterrupt):
        if terminal:
            _in_terminal(replay, console)
        else:
            wallboard = Wallboard(replay, folder)
            console.print(Text(f"the wallboard is at {wallboard.address}; the replay begins when it is opened, and Ctrl-C ends it"))
            wallboard.serve()


def _in_terminal(replay: Replay, console: Console) -> None:
    replay.begin()
    with Terminal(replay, console):
        while not replay.is_over:
            time.sleep(_LOOK_S)
