from __future__ import annotations

import io

import pytest
from rich.console import Console

from harness.errors import LabError
from harness.lab.progress import Steps

ODD = "Get:1 [/etc/odd] [12 kB]"


@pytest.mark.parametrize("terminal", [False, True])
def test_a_step_leaves_one_line_whatever_its_program_said(terminal: bool) -> None:
    said = io.StringIO()
    with Steps(Console(file=said, force_terminal=terminal, width=200)) as steps, steps.step("the [/odd] part") as step:
        step.reached(1, 2)
        step.say(ODD)
        steps._progress.refresh()
    assert "the [/odd] part" in said.getvalue()
    assert (ODD in said.getvalue()) is terminal


def test_a_step_that_failed_is_not_called_done() -> None:
    said = io.StringIO()
    with pytest.raises(LabError), Steps(Console(file=said)) as steps, steps.step("a part"):
        raise LabError("the line was cut")
    assert "done" not in said.getvalue()
