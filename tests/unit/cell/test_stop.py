import os
import signal
import time
from threading import Timer

import pytest

from harness.cell.stop import Interrupted, Stop


def heard(stop: Stop) -> bool:
    until = time.monotonic() + 5
    while not stop.requested and time.monotonic() < until:
        time.sleep(0.01)
    return stop.requested


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_to_stop_and_lets_what_is_under_way_end(number: signal.Signals) -> None:
    stop = Stop()
    with stop.on_signals():
        os.kill(os.getpid(), number)
        assert heard(stop)
    assert stop.was_requested()
    with pytest.raises(Interrupted):
        stop.check()


def test_a_signal_ends_at_once_what_leaves_nothing_behind() -> None:
    stop, since = Stop(), time.monotonic()
    Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with stop.on_signals(), pytest.raises(Interrupted), stop.at_once():
        time.sleep(30)
    assert time.monotonic() - since < 20


def test_what_was_asked_before_is_not_forgotten() -> None:
    stop = Stop()
    stop.request()
    with pytest.raises(Interrupted), stop.at_once():
        pytest.fail("went on")


def test_signals_mean_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Stop().on_signals():
        pass
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_cut_lifeline_asks_to_stop() -> None:
    lifeline, held = os.pipe()
    stop = Stop()
    with stop.on_signals():
        stop.when_closed(lifeline)
        assert not stop.requested
        os.close(held)
        assert heard(stop)
    os.close(lifeline)
