"""python-terraform, made to tell what Terraform says while it says it, and to end the whole family of what it started.

python-terraform's own calls wait for the end, return 1 without a word, and leave processes behind when they are killed. What is
used of it is how options become a command line.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event, Thread
from typing import IO, Any

from python_terraform import IsFlagged, Terraform

from harness.engines.terraform_tool import Tool
from harness.engines.tether import Tether, killed_by

FLAG = IsFlagged
"""The value of an option that has none, such as ``-json``."""

_PATIENCE_S = 1.0
"""How often the deadline and cancellation are looked at."""


@dataclass(frozen=True)
class End:
    """How a command ended: its exit code, why it was ``stopped`` if it was, and what it wrote to standard error."""

    code: int
    stopped: str
    complaint: str

    @property
    def well(self) -> bool:
        """Whether it came to a good end."""
        return self.code == 0 and not self.stopped

    @property
    def signal(self) -> int:
        """The signal that killed it; 0 where none did."""
        return killed_by(self.code)


class Cli(Terraform):  # type: ignore[misc]  # it has no types
    """Terraform in one folder, in an environment of its own."""

    def __init__(self, tool: Tool, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(working_dir=str(folder), terraform_bin_path=str(tool.path))
        self._environment = environment

    def stream(self, command: str, tell: Callable[[str], None], tether: Tether, **options: Any) -> End:
        """Run ``command`` to its end; ``tell`` hears every line of its output as it comes.

        ``options`` are python-terraform's: ``auto_approve=FLAG`` becomes ``-auto-approve``. To be called by the main thread.
        """
        arguments = tether.command(self.generate_cmd_string(command, **options))
        over = Event()
        with TemporaryFile("w+", encoding="utf-8", errors="replace") as complaint, self._start(arguments, complaint) as process:
            watch = Thread(target=_watch, args=(tether, over), daemon=True)
            watch.start()
            try:
                for line in process.stdout or ():
                    tell(line)
                code = process.wait()
            except BaseException:  # after a Ctrl-C, Popen waits for a quarter of a second at the most
                tether.end()
                raise
            finally:
                over.set()
                process.terminate()
                self.temp_var_files.clean_up()
            complaint.seek(0)
            return End(code, tether.stopped, complaint.read())

    def _start(self, arguments: list[str], complaint: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            arguments,
            cwd=self.working_dir,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaint,
            text=True,
            errors="replace",
        )


def _watch(tether: Tether, over: Event) -> None:
    while not over.wait(_PATIENCE_S):
        tether.look()
