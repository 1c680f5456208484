from pathlib import Path

import pytest

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
