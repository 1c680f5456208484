"""What ansible-runner tells of a playbook, event by event: into the journal, and what a deploy needs to know of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.journal import Journal
from harness.redact import redact

FACT = "interop"
"""The fact that a payload returns with ``ansible.builtin.set_stats``."""

_CLOUD_MODULES = "openstack.cloud."
_ANSIBLES_OWN = "ansible.builtin.validate_argument_spec"
"""The step that Ansible puts before every role that has argument specs: of interest only when it fails."""

_ENDINGS = {"runner_on_ok": "ok", "runner_on_failed": "failed", "runner_on_unreachable": "unreachable", "runner_on_skipped": "skipped"}


@dataclass
class _Failure:
    """A task that failed on a host; ``refusal`` is what it said where that may be a cloud's API."""

    host: str
    words: str
    refusal: str
    outlived: bool = False


@dataclass
class Progress:
    """A running playbook. ``running`` are the tasks under way (name and host). ``began`` is whether there was a task.

    ``returned`` is the payload's fact as soon as it was set: it is known even when a later task fails. ``last_words`` are the last
    lines that Ansible printed.
    """

    journal: Journal
    log: Path
    running: set[tuple[str, str]] = field(default_factory=set)
    began: bool = False
    returned: dict[str, Any] | None = None
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=10))
    _failed: list[_Failure] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """The own messages of the tasks that failed a host for good."""
        return [each.words for each in self._final()]

    @property
    def refusals(self) -> list[str]:
        """Those of them that a cloud's API may have spoken: they come from a module of the ``openstack.cloud`` collection."""
        return [each.refusal for each in self._final() if each.refusal]

    def take(self, event: dict[str, Any]) -> bool:
        """An event handler of ansible-runner; ``False`` keeps it from writing the event to a file of its own."""
        if event.get("stdout"):
            self._print(event["stdout"])
        kind, data = event["event"], event.get("event_data", {})
        if kind == "runner_on_start":
            self.began = True
            self.running.add(_task(data))
            self._outlive(data)
            self._tell(data, "started")
        elif kind in _ENDINGS:
            self.running.discard(_task(data))
            self._end(kind, data)
        elif kind == "playbook_on_stats":
            self._count(data)
        return False

    def _end(self, kind: str, data: dict[str, Any]) -> None:
        result = data.get("res") or {}
        if kind == "runner_on_ok":
            self._keep(result)
            self._tell(data, "changed" if result.get("changed") else "ok")
        elif kind == "runner_on_skipped" or data.get("ignore_errors"):
            self._tell(data, "skipped" if kind == "runner_on_skipped" else "ok")
        else:
            name, host = _task(data)
            message = redact(_message(result))
            of_the_cloud = str(data.get("resolved_action")).startswith(_CLOUD_MODULES)
            self._failed.append(_Failure(host, f"{host}: {name}: {message}", message if of_the_cloud else ""))
            self._tell(data, _ENDINGS[kind], message=message)

    def _outlive(self, data: dict[str, Any]) -> None:
        """A host that begins another task was rescued, as far as is known yet: no event says so."""
        _, host = _task(data)
        for each in self._of(host):
            each.outlived = True

    def _count(self, stats: dict[str, Any]) -> None:
        """At the end Ansible counts how many failures of a host nobody rescued: those that only an ``always`` followed come back.

        They are the last ones: after a failure that is not rescued, a host has nothing to do but what is to be done always.
        """
        for host in {each.host for each in self._failed}:
            number = sum((stats.get(kind) or {}).get(host, 0) for kind in ("failures", "dark"))
            for left, each in enumerate(reversed(self._of(host))):
                each.outlived = left >= number

    def _of(self, host: str) -> list[_Failure]:
        return [each for each in self._failed if each.host == host]

    def _final(self) -> Iterator[_Failure]:
        return (each for each in self._failed if not each.outlived)

    def _keep(self, result: dict[str, Any]) -> None:
        told = (result.get("ansible_stats") or {}).get("data", {}).get(FACT)
        if told is not None:
            self.returned = told

    def _tell(self, data: dict[str, Any], status: str, **more: str) -> None:
        if data.get("resolved_action") == _ANSIBLES_OWN and status in ("started", "ok"):
            return
        name, host = _task(data)
        times = {"seconds": round(data["duration"], 2)} if "duration" in data else {}
        self.journal.write("engine.task", name=name, host=host, status=status, **times, **more)

    def _print(self, text: str) -> None:
        clean = redact(text).strip("\r\n")
        self.last_words.extend(line.strip() for line in clean.splitlines() if line.strip())
        with self.log.open("a", encoding="utf-8") as log:
            log.write(clean + "\n")


def _task(data: dict[str, Any]) -> tuple[str, str]:
    role = f"{data['role']} : " if data.get("role") else ""
    return f"{role}{data.get('task', '')}", str(data.get("host", ""))


def _message(result: dict[str, Any]) -> str:
    """A failed task's own words: of the items that failed, when it was a loop, and what the program it ran said."""
    if "censored" in result:
        return "its words are hidden (no_log)"
    items = [each for each in result.get("results", ()) if isinstance(each, dict) and (each.get("failed") or each.get("unreachable"))]
    if items:
        return "; ".join(dict.fromkeys(_message(each) for each in items))
    said = (str(result.get(key) or "").strip() for key in ("msg", "stderr", "module_stderr"))
    return "; ".join(dict.fromkeys(text for text in said if text)) or "it gave no message"
