"""The wallboard's own process beside a round: ``python -m harness.stage FOLDER``.

It tells its address on standard output, and ends when standard input does: whoever holds that is gone.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Thread

from harness.stage.pace import Live
from harness.stage.server import Wallboard


def main(folder: Path) -> None:
    """Serve the round in ``folder`` until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the round, which tells us by its end
    wallboard = Wallboard(Live(folder), folder)
    sys.stdout.write(f"{wallboard.address}\n")
    sys.stdout.flush()

    serving = Thread(target=wallboard.serve, name="wallboard")  # in the main thread, the server would listen to Ctrl-C again
    serving.start()
    sys.stdin.read()
    wallboard.end()
    serving.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
