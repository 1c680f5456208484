import os
import signal

import pytest

from harness.signals import heard


def test_signals_are_heard_and_mean_afterwards_what_they_did_before() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGUSR2)}
    came: list[int] = []
    with heard(before, lambda number, _: came.append(number)):
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR2)
    assert sorted(came) == [signal.SIGUSR1, signal.SIGUSR2]
    assert {number: signal.getsignal(number) for number in before} == before


def test_they_are_given_back_whatever_happens() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with pytest.raises(ZeroDivisionError), heard([signal.SIGUSR1], lambda *_: None):
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGUSR1) is before
