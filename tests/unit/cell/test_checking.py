import re
import sys
import threading
import time
from pathlib import Path

import pytest

from harness import redact
from harness.cell import checking
from harness.cell.checking import folders_of, run_checks
from harness.cell.stop import Interrupted, Stop
from harness.checks.catalogue import SHIPPED
from harness.errors import HarnessFault
from harness.model import Phase


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What runs in place of pytest; a test appends its lines."""
    lines: list[str] = ["import sys, time"]
    monkeypatch.setattr(checking, "command", lambda *_: ([sys.executable, "-c", "\n".join(lines)], {}))
    return lines


def run(folder: Path, stop: Stop | None = None, limit_s: float = 30) -> None:
    run_checks(folder, (Phase.STEADY,), [], stop or Stop(), limit_s)


@pytest.mark.parametrize("code", [0, 1, 5])
def test_checks_that_ran_are_no_error_whatever_they_found(tmp_path: Path, program: list[str], code: int) -> None:
    program.append(f"sys.exit({code})")
    run(tmp_path)


def test_checks_that_could_not_run_are_ours_and_say_why(tmp_path: Path, program: list[str]) -> None:
    program.append("print('no such folder'); sys.exit(4)")
    with pytest.raises(HarnessFault, match=r"pytest ended with 4.*no such folder") as caught:
        run(tmp_path)
    assert "checks.log" in caught.value.mend


def test_a_check_file_that_cannot_be_loaded_is_named_with_its_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "checks"
    folder.mkdir()
    (folder / "test_own.py").write_text("import no_such_module\n")
    arguments = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(folder)]
    monkeypatch.setattr(checking, "command", lambda *_: (arguments, {}))
    with pytest.raises(HarnessFault) as caught:
        run(tmp_path)
    assert re.search(r"ended with 2\): \S*test_own\.py / ModuleNotFoundError: No module named 'no_such_module'$", caught.value.message)


def test_a_fault_of_the_plugin_is_told_by_its_last_line(tmp_path: Path, program: list[str]) -> None:
    program.append(
        "print('INTERNALERROR> Traceback'); print('INTERNALERROR>   File x'); print('INTERNALERROR> ValueError: why'); sys.exit(3)"
    )
    with pytest.raises(HarnessFault) as caught:
        run(tmp_path)
    assert caught.value.message.endswith("ended with 3): ValueError: why")


def test_checks_past_the_cells_deadline_are_ended(tmp_path: Path, program: list[str]) -> None:
    program.append("time.sleep(60)")
    since = time.monotonic()
    with pytest.raises(HarnessFault, match="the cell's own deadline"):
        run(tmp_path, limit_s=0.3)
    assert time.monotonic() - since < 20


def test_an_interruption_ends_the_checks(tmp_path: Path, program: list[str]) -> None:
    program.append("time.sleep(60)")
    stop = Stop()
    threading.Timer(0.3, stop.request).start()
    with pytest.raises(Interrupted):
        run(tmp_path, stop)


def test_what_checks_print_is_kept_without_secrets(tmp_path: Path, program: list[str]) -> None:
    redact.register("a-secret-of-this-test")
    program.append("print('said', 'a-secret-' + 'of-this-test')")
    run(tmp_path)
    assert (tmp_path / "checks.log").read_text() == f"said {redact.BLOT}\n"


def test_a_workloads_own_checks_come_with_the_shipped_ones(tmp_path: Path) -> None:
    assert folders_of(tmp_path) == [SHIPPED]
    (tmp_path / "checks").mkdir()
    assert folders_of(tmp_path) == [SHIPPED, tmp_path / "checks"]
