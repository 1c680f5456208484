"""What is kept aside while a server is resized: its only disk is never lost, whenever Nova is killed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


class Killed(BaseException):
    """The end of Nova."""


def disk(server: SimpleNamespace) -> str:
    return Path(server.folder / "disk").read_text(encoding="utf-8")


def beside(server: SimpleNamespace) -> list[str]:
    """The folders that lie beside the server's own."""
    return sorted(entry.name.removeprefix(server.uuid) for entry in server.folder.path.parent.iterdir() if entry != server.folder.path)


def test_a_resize_goes_back_to_the_disk_as_it_was(server: SimpleNamespace) -> None:
    server.folder.set_aside()
    Path(server.folder / "disk").write_text("grown", encoding="utf-8")
    server.folder.take_back()
    assert disk(server) == "first"
    assert beside(server) == []


def test_the_only_disk_stays_where_nothing_was_kept_before_nova_was_killed(server: SimpleNamespace) -> None:
    server.folder.take_back()
    assert disk(server) == "first"


@pytest.mark.parametrize("end", [Killed(), OSError("No space left on device"), TimeoutError()])
def test_a_copy_that_is_cut_short_leaves_the_server_its_disk(
    labvirt: SimpleNamespace, server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    def cut_short(*command: Any) -> None:
        Path(command[-1]).mkdir()
        Path(command[-1], "disk").write_text("fi", encoding="utf-8")
        raise end

    monkeypatch.setattr(labvirt.folder, "run", cut_short)
    with pytest.raises(type(end)):
        server.folder.set_aside()
    assert beside(server) == []
    server.folder.take_back()
    assert disk(server) == "first"
    assert server.folder.state["ports"] == ["port-1"]


def test_what_is_half_removed_is_never_taken_back(server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    server.folder.set_aside()

    def cut_short(path: Path, **_: object) -> None:
        if path.exists():
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", cut_short)
        with pytest.raises(Killed):
            server.folder.forget_aside()
    Path(server.folder / "disk").write_text("grown", encoding="utf-8")
    server.folder.take_back()
    assert disk(server) == "grown"
    server.folder.forget_aside()
    assert beside(server) == []


@pytest.mark.parametrize("name", ["_resize", "_resize.half"])
def test_what_is_kept_aside_is_no_server(labvirt: SimpleNamespace, server: SimpleNamespace, name: str) -> None:
    server.folder.path.with_name(server.uuid + name).mkdir()
    server.folder.path.with_name(server.uuid + name).joinpath("state.json").write_text("{}", encoding="utf-8")
    assert [folder.uuid for folder in labvirt.folder.all_folders()] == [server.uuid]
