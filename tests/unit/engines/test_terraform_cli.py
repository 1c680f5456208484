from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from harness.engines import tether
from harness.engines.terraform_cli import Cli
from harness.engines.terraform_tool import Tool
from harness.engines.tether import Tether


def test_interrupted_it_is_gone_before_anything_else_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupts(line: str) -> None:
        assert line == "applying\n"
        os.kill(int((tmp_path / "tether.pid").read_text()), signal.SIGSTOP)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(tether, "END_S", 0.3)
    program = tmp_path / "terraform"
    program.write_text("#!/bin/sh\necho applying\nexec sleep 60\n")
    program.chmod(0o755)
    with pytest.raises(KeyboardInterrupt):
        Cli(Tool(program), tmp_path, {}).stream("apply", interrupts, Tether(tmp_path / "tether.pid", 60, lambda: False))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "tether.pid").read_text()), 0)
