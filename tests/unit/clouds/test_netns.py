import os
from pathlib import Path

import pytest
from requests.utils import get_environ_proxies

from harness.clouds import netns
from harness.errors import CloudConfigError


def test_a_namespace_that_is_not_there_is_named_with_its_cloud(tmp_path: Path) -> None:
    with pytest.raises(CloudConfigError, match=r"cloud acme: its network namespace .*/gone is not there") as caught:
        netns.enter(str(tmp_path / "gone"), "acme")
    assert "interop.netns" in caught.value.mend


def test_a_file_that_is_no_namespace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CloudConfigError, match=r"no network namespace|may not be entered"):
        netns.enter(str(tmp_path / "file"), "acme")


def test_a_namespace_that_may_not_be_entered_asks_for_root(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(netns, "_set", forbidden)
    with pytest.raises(CloudConfigError, match="may not be entered") as caught:
        netns.enter("/proc/self/ns/net", "acme")
    assert caught.value.mend == "run as root"


def test_without_a_namespace_one_stays_where_one_is() -> None:
    with netns.inside(None, "acme"):
        pass


def test_the_namespace_that_one_is_in_needs_no_entering() -> None:
    with netns.inside("/proc/self/ns/net", "acme"):
        pass


def test_a_namespace_that_is_not_there_leaves_one_where_one_was(tmp_path: Path) -> None:
    with pytest.raises(CloudConfigError), netns.inside(str(tmp_path / "gone"), "acme"):
        pytest.fail("went in")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A namespace as far as this test goes: nobody goes anywhere."""
    monkeypatch.setattr(netns, "_set", lambda _: None)
    (tmp_path / "elsewhere").touch()
    return str(tmp_path / "elsewhere")


def test_whoever_entered_a_namespace_goes_through_no_proxy_of_the_network_that_was_left(
    elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.test:3128")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "localhost")
    assert get_environ_proxies("http://203.0.113.2/")
    netns.enter(elsewhere, "acme")
    assert get_environ_proxies("http://203.0.113.2/") == {}
    assert (os.environ["no_proxy"], os.environ["NO_PROXY"]) == ("*", "*")


def test_whoever_comes_back_goes_through_the_same_proxies_as_before(elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "localhost")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with netns.inside(elsewhere, "acme"):
        assert (os.environ["no_proxy"], os.environ["NO_PROXY"]) == ("*", "*")
    assert os.environ["no_proxy"] == "localhost"
    assert "NO_PROXY" not in os.environ
