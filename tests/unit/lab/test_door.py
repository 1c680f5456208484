"""What a program that is let into a lab finds in its environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from requests.utils import get_environ_proxies

from harness.lab import door
from harness.lab.bundle import Bundle


@pytest.fixture(autouse=True)
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine behind a proxy."""
    monkeypatch.setenv("INTEROP_CLOUDS_DIR", str(tmp_path / "clouds.d"))
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setenv("http_proxy", "http://proxy.test:3128")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "localhost")


def test_no_proxy_of_the_hosts_stands_between_a_program_and_the_clouds(bundle: Bundle) -> None:
    assert get_environ_proxies("http://203.0.113.2/identity")
    door._environment(bundle)
    assert get_environ_proxies("http://203.0.113.2/identity") == {}
    assert (os.environ["no_proxy"], os.environ["NO_PROXY"]) == ("*", "*")


def test_the_labs_own_programs_come_after_the_hosts(bundle: Bundle) -> None:
    door._environment(bundle)
    assert os.environ["PATH"] == f"/usr/bin:{bundle.paths.cache.programs}"
