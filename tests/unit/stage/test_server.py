"""The wallboard's server, spoken to over HTTP as a browser does, and as what should not."""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from harness.journal import Journal
from harness.stage import server
from harness.stage.pace import Live, Replay, Show
from harness.stage.recording import multiplied, recorded
from harness.stage.server import Wallboard
from tests.unit.recordings import SAMPLE
from tests.unit.stage.stories import PNG, begins, rung, write_round

LIMIT_S = 20


@contextmanager
def serving(show: Show, folder: Path) -> Iterator[str]:
    wallboard = Wallboard(show, folder)
    thread = Thread(target=wallboard.serve, daemon=True)
    thread.start()
    try:
        yield wallboard.address
    finally:
        wallboard.end()
        thread.join(LIMIT_S)
        assert not thread.is_alive()


@pytest.fixture
def replay() -> Replay:
    return Replay(recorded(SAMPLE), 1)


@pytest.fixture
def address(replay: Replay) -> Iterator[str]:
    with serving(replay, SAMPLE) as address:
        yield address


def messages(address: str) -> Iterator[dict[str, Any]]:
    with requests.get(f"{address}events", stream=True, timeout=LIMIT_S) as answer:
        for line in answer.iter_lines():
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


def test_the_page_needs_nothing_but_this_server(address: str) -> None:
    answer = requests.get(address, timeout=LIMIT_S)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in answer.text.replace("http-equiv", "")
    for name in ("stage.js", "stage.css", "icon.svg"):
        other = requests.get(address + name, timeout=LIMIT_S)
        assert (other.status_code, other.headers["x-content-type-options"]) == (200, "nosniff")
        assert "://" not in other.text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("path", ["", "events", "stage.js", "nothing"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8642", "127.0.0.1.evil.example", "", "[::1]"])
def test_a_name_that_somebody_let_point_here_gets_nothing(address: str, path: str, host: str) -> None:
    answer = requests.get(address + path, headers={"Host": host}, timeout=LIMIT_S)
    assert answer.status_code == 400
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:9000"])
def test_through_a_tunnel_it_is_still_the_loopback(address: str, host: str) -> None:
    assert requests.get(address, headers={"Host": host}, timeout=LIMIT_S).status_code == 200


def test_only_the_loopback_is_listened_on(address: str) -> None:
    assert address.startswith("http://127.0.0.1:")


def test_whoever_connects_gets_the_whole_board_first(address: str, replay: Replay) -> None:
    first = next(messages(address))
    assert first["order"] == ["lab1", "lab2"]
    assert [each["cloud"] for each in first["lanes"]] == ["lab1", "lab2"]
    replay.seek(200)
    again = next(messages(address))
    assert all(each["answered"] for each in again["lanes"])


def test_afterwards_only_the_lanes_that_changed_are_told(tmp_path: Path) -> None:
    write_round(tmp_path, "acme", "other", end=False)
    with serving(Live(tmp_path), tmp_path) as address:
        told = messages(address)
        assert [each["cloud"] for each in next(told)["lanes"]] == ["acme", "other"]
        journal = Journal(tmp_path / "cells/other.stack/journal.jsonl")
        journal.write(**rung("late", "accepted", 0.0))
        assert [each["cloud"] for each in next(told)["lanes"]] == ["other"]


def test_a_cloud_that_comes_late_brings_the_whole_board(tmp_path: Path) -> None:
    write_round(tmp_path, "acme", end=False)
    with serving(Live(tmp_path), tmp_path) as address:
        told = messages(address)
        assert next(told)["order"] == ["acme"]
        Journal(tmp_path / "cells/late.stack/journal.jsonl").write(**begins("late.stack", "late"))
        late = next(told)
        assert late["order"] == [each["cloud"] for each in late["lanes"]] == ["acme", "late"]


def test_a_browser_that_reads_nothing_keeps_nobody_waiting(tmp_path: Path) -> None:
    lanes = multiplied(recorded(SAMPLE), 18)
    with serving(Replay(lanes, 200), SAMPLE) as address, socket.socket() as dead:
        dead.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        dead.connect(("127.0.0.1", int(address.rstrip("/").rpartition(":")[2])))
        dead.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        last = next(each for each in messages(address) if each["sentence"].startswith("runs on"))
    assert last["sentence"] == "runs on 18 of 18 clouds"


def test_at_its_end_every_browser_has_the_last_frame(tmp_path: Path) -> None:
    write_round(tmp_path, "acme", end=False)
    wallboard = Wallboard(Live(tmp_path), tmp_path)
    thread = Thread(target=wallboard.serve, daemon=True)
    thread.start()
    told = messages(wallboard.address)
    assert next(told)["rate"] == 1
    journal = Journal(tmp_path / "journal.jsonl")
    journal.write("run.finished", exit_code=0, reasons=[])
    wallboard.end()
    assert list(told)[-1]["rate"] == 0
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def control(address: str, text: str, origin: str | None = None) -> int:
    headers = {"Origin": address.rstrip("/") if origin is None else origin}
    return requests.post(f"{address}control", data=text, headers=headers, timeout=LIMIT_S).status_code


def test_a_replay_is_paused_and_sought_from_its_page(address: str, replay: Replay) -> None:
    assert control(address, '{"act": "seek", "to": 60}') == 204
    assert control(address, '{"act": "pause"}') == 204
    assert replay.look().time == pytest.approx(60, abs=5)
    assert control(address, '{"act": "resume"}') == 204
    assert replay.look().rate == 1


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_no_other_page_may_steer(address: str, replay: Replay, origin: str) -> None:
    assert control(address, '{"act": "seek", "to": 60}', origin) == 403
    assert replay.look().time < 60


@pytest.mark.parametrize("text", ["", "[]", "7", '{"act": "explode"}', '{"act": "seek"}', '{"act": "seek", "to": "NaN"}', '{"to": 1}'])
def test_what_cannot_be_understood_is_refused(address: str, text: str) -> None:
    assert control(address, text) == 400


def test_a_round_that_runs_cannot_be_steered(tmp_path: Path) -> None:
    with serving(Live(tmp_path), tmp_path) as address:
        assert control(address, '{"act": "pause"}') == 409


@pytest.fixture
def pictured(tmp_path: Path) -> Path:
    write_round(tmp_path, "acme", end=False)
    cell = tmp_path / "cells" / "acme.stack"
    (cell / "page.png").write_bytes(PNG)
    (cell / "unannounced.png").write_bytes(PNG)
    (tmp_path / "cells" / "secret.png").write_bytes(PNG)
    return tmp_path


def announce(folder: Path, file: str) -> None:
    """Rewrite the cell's journal so that it announces ``file``."""
    journal = folder / "cells" / "acme.stack" / "journal.jsonl"
    lines = journal.read_text().splitlines()
    at = json.loads(lines[0])["at"]
    lines.insert(1, json.dumps({"at": at, "event": "page.pictured", "file": file, "url": "u", "seconds": 1}))
    journal.write_text("\n".join(lines) + "\n")


def test_the_picture_of_the_page_is_shown_as_one(pictured: Path) -> None:
    announce(pictured, "page.png")
    with serving(Live(pictured), pictured) as address:
        assert next(messages(address))["lanes"][0]["picture"] == "acme.stack/page.png"
        answer = requests.get(f"{address}pictures/acme.stack/page.png", timeout=LIMIT_S)
        assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("page.png", "acme.stack/unannounced.png"),
        ("journal.jsonl", "acme.stack/journal.jsonl"),
        ("../secret.png", "acme.stack/..%2Fsecret.png"),
        ("../secret.png", "acme.stack/../secret.png"),
        ("gone.png", "acme.stack/gone.png"),
        ("text.png", "acme.stack/text.png"),
        ("link.png", "acme.stack/link.png"),
    ],
)
def test_no_other_file_leaves_the_run(pictured: Path, file: str, path: str) -> None:
    announce(pictured, file)
    cell = pictured / "cells" / "acme.stack"
    (cell / "text.png").write_text("<script>")
    (cell / "link.png").symlink_to(pictured / "cells" / "secret.png")
    with serving(Live(pictured), pictured) as address:
        request = requests.Request("GET", address).prepare()
        request.url = f"{address}pictures/{path}"
        assert requests.Session().send(request, timeout=LIMIT_S).status_code == 404


def test_a_taken_port_moves_the_wallboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(server, "PORT", taken.getsockname()[1])
        with serving(Live(tmp_path), tmp_path) as address:
            assert not address.endswith(f":{server.PORT}/")
            assert requests.get(address, timeout=LIMIT_S).status_code == 200


def test_a_round_that_begins_later_appears_by_itself(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with serving(Live(folder), folder) as address:
        told = messages(address)
        assert next(told)["order"] == []
        write_round(tmp_path / "elsewhere", "acme")
        shutil.move(tmp_path / "elsewhere", folder)
        since = time.monotonic()
        assert next(each for each in told if each["order"])["order"] == ["acme"]
        assert time.monotonic() - since < LIMIT_S
