"""The process of one cell: ``python -m harness.cell FOLDER [--lifeline FD] [--clean-up]``.

``FOLDER`` has the cell's plan, ``cell.json``; what happens is written to ``journal.jsonl`` there. When the pipe ``FD`` is closed at
its other end, the cell stops and cleans up, as it does on SIGINT and SIGTERM. With ``--clean-up``, what a cell whose process
died had made is removed, and nothing else is done.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

from harness.cell.flow import Cell
from harness.cell.stop import Stop
from harness.model import CellPlan
from harness.redact import filter_output


def main(arguments: list[str]) -> int:
    """Run the cell; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m harness.cell", description="Run one cell of a round.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lifeline", type=int)
    parser.add_argument("--clean-up", action="store_true")
    given = parser.parse_args(arguments)
    logging.getLogger().addHandler(logging.NullHandler())
    plan = CellPlan.from_json(json.loads((given.folder / "cell.json").read_text(encoding="utf-8")))
    stop = Stop()
    with stop.on_signals():
        if given.lifeline is not None:
            stop.when_closed(given.lifeline)
        cell = Cell(given.folder, plan, stop)
        ending = cell.clean_up_after_death() if given.clean_up else cell.run()
    return ending.exit_code


if __name__ == "__main__":
    filter_output()
    sys.exit(main(sys.argv[1:]))
