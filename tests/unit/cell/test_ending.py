import pytest
from openstack import exceptions as sdk

from harness.cell.ending import Ending, ended_by
from harness.cell.stop import Interrupted
from harness.errors import (
    CloudConfigError,
    Denied,
    EngineError,
    HarnessFault,
    NoCapacity,
    QuotaReached,
    QuotaTooSmall,
    Unsupported,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CloudConfigError("x"), 2),
        (UsageError("no image fits"), 2),
        (QuotaTooSmall("x"), 3),
        (Unsupported("no such service"), 1),
        (Denied("x"), 1),
        (QuotaReached("x"), 3),
        (NoCapacity("x"), 3),
        (HarnessFault("x"), 3),
        (EngineError("it failed"), 1),
        (EngineError("it failed", cause=Denied("x")), 1),
        (EngineError("it failed", cause=QuotaReached("x")), 3),
        (EngineError("it was stopped", cause=HarnessFault("x")), 3),
        (sdk.SDKException("the API is ill"), 3),
        (ZeroDivisionError("nobody foresaw this"), 3),
    ],
)
def test_an_error_comes_to_an_exit_code(error: Exception, code: int) -> None:
    assert ended_by(error, nothing_created=False).exit_code == code


def test_before_anything_was_created_a_cell_is_refused_and_after_that_it_failed() -> None:
    assert ended_by(UsageError("x"), nothing_created=True).status == "refused"
    assert ended_by(UsageError("x"), nothing_created=False).status == "failed"


def test_what_nobody_foresaw_says_so_and_is_no_verdict_on_the_cloud() -> None:
    ending = ended_by(ZeroDivisionError("oops"), nothing_created=False)
    assert (ending.kind, "ZeroDivisionError: oops" in ending.error, "fault.log" in ending.mend) == ("HarnessFault", True, True)


def test_an_interruption_stays_one_even_when_something_is_left() -> None:
    ending = ended_by(Interrupted(), nothing_created=False)
    assert (ending.status, ending.exit_code) == ("interrupted", 130)
    assert ending.with_leak().exit_code == 130


def test_a_leak_weighs_more_than_a_failure() -> None:
    assert Ending().with_leak().exit_code == 4
    assert ended_by(EngineError("x"), nothing_created=False).with_leak().exit_code == 4
