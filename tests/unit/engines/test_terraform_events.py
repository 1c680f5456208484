"""Lines as Terraform 1.11 and the OpenStack provider wrote them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import redact
from harness.engines.terraform_events import Progress
from harness.journal import Journal, read

SERVER = 'openstack_compute_instance_v2.node["a"]'


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress(Journal(tmp_path / "journal.jsonl"), tmp_path / "terraform.log")


def line(kind: str, message: str = "words", **more: Any) -> str:
    return json.dumps({"@level": "info", "@message": message, "type": kind, **more}) + "\n"


def hook(action: str, address: str = SERVER) -> dict[str, Any]:
    return {"resource": {"addr": address}, "action": action}


def told(progress: Progress) -> list[tuple[str, str]]:
    return [(each["name"], each["status"]) for each in read(progress.journal.path) if each["event"] == "engine.task"]


def complaint(summary: str, detail: str = "", severity: str = "error", **more: Any) -> str:
    return line("diagnostic", diagnostic={"severity": severity, "summary": summary, "detail": detail, **more})


def test_an_act_is_told_when_it_begins_and_when_it_is_done(progress: Progress) -> None:
    progress.take(line("apply_start", hook=hook("create")))
    assert list(progress.running) == [f"create {SERVER}"]
    progress.take(line("apply_progress", hook=hook("create")))
    progress.take(line("apply_complete", hook=hook("create")))
    assert told(progress) == [(f"create {SERVER}", "started"), (f"create {SERVER}", "changed")]
    assert not progress.running


def test_reading_changes_nothing(progress: Progress) -> None:
    progress.take(line("apply_start", hook=hook("read")))
    progress.take(line("apply_complete", hook=hook("read")))
    assert [status for _, status in told(progress)] == ["started", "ok"]


def test_a_failed_act_is_told_once_with_its_words(progress: Progress) -> None:
    progress.take(line("apply_start", hook=hook("create")))
    progress.take(line("apply_errored", hook=hook("create")))
    progress.take(complaint("Error creating server", "no\n  room", address=SERVER))
    assert told(progress) == [(f"create {SERVER}", "started"), (SERVER, "failed")]
    (error,) = progress.errors
    assert str(error) == f"{SERVER}: Error creating server: no room"
    assert error.is_of_the_cloud
    assert not progress.running


def test_what_is_wrong_with_a_file_has_its_place(progress: Progress) -> None:
    progress.take(complaint("Unsupported argument", range={"filename": "main.tf", "start": {"line": 7}}))
    (error,) = progress.errors
    assert (error.file, error.line, error.is_of_the_cloud) == ("main.tf", 7, False)
    assert str(error) == "main.tf line 7: Unsupported argument"


def test_warnings_are_tolerated(progress: Progress) -> None:
    progress.take(complaint("Argument is deprecated", severity="warning", address=SERVER))
    assert progress.errors == []
    assert told(progress) == []


def test_what_is_no_event_is_kept_as_last_words(progress: Progress) -> None:
    for text in ("flag provided but not defined: -json\n", "\n", "null\n", "[1]\n"):
        progress.take(text)
    assert list(progress.last_words) == ["flag provided but not defined: -json", "null", "[1]"]


def test_the_log_has_what_was_said_without_secrets(progress: Progress) -> None:
    redact.register("opensesame")
    progress.take(line("log", "the word is opensesame"))
    progress.take("opensesame, it said\n")
    progress.take(complaint("Denied", "with opensesame", address=SERVER))
    assert "opensesame" not in progress.log.read_text() + str(progress.errors) + "".join(progress.last_words)
    assert "the word is" in progress.log.read_text()
