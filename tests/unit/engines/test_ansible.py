"""The engine with the real ansible-runner and ansible-playbook, and small playbooks that need no cloud."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness import redact
from harness.engines import Unfinished
from harness.engines.ansible import AnsibleEngine
from harness.errors import EngineError, HarnessFault, QuotaReached, UsageError

from .conftest import Workbench

RETURNS = """
    - name: Return
      ansible.builtin.set_stats:
        data:
          interop:
            servers:
              - {id: s1, name: "{{ mark.prefix }}-left", role: left, login_user: debian, address: 192.0.2.7, public_ports: [22]}
            endpoints: [{name: page, url: "http://192.0.2.7/"}]
            branches: {address: floating}
"""
HEAD = """
- hosts: localhost
  gather_facts: false
  tasks:
"""
MARK = {"prefix": "interop-12345678-abcdef"}


def test_a_workload_that_is_not_the_planned_one_is_refused_before_anything_is_played(workbench: Workbench) -> None:
    with pytest.raises(UsageError, match="changed since the round was planned"):
        AnsibleEngine().prepare(replace(workbench.job(HEAD + RETURNS, mark=MARK), digest="sha256:0"))


def test_a_playbook_becomes_a_deployment(workbench: Workbench) -> None:
    deployment = AnsibleEngine().deploy(workbench.job(HEAD + RETURNS, mark=MARK))

    (server,) = deployment.servers
    assert (server.name, server.address, server.public_ports) == ("interop-12345678-abcdef-left", "192.0.2.7", (22,))
    assert deployment.endpoints[0].url == "http://192.0.2.7/"
    assert deployment.branches == {"address": "floating"}
    assert deployment.private_key == "/keys/cell"
    assert deployment.seconds > 0


def test_every_task_is_in_the_journal_as_it_happens(workbench: Workbench) -> None:
    tasks = """
    - name: One
      ansible.builtin.command: "true"
    - name: Two
      ansible.builtin.debug: {msg: hello}
      when: false
"""
    AnsibleEngine().deploy(workbench.job(HEAD + tasks + RETURNS, mark=MARK))

    told = [(each["name"], each["status"]) for each in workbench.tasks()]
    assert told[:4] == [("One", "started"), ("One", "changed"), ("Two", "started"), ("Two", "skipped")]
    assert workbench.tasks()[1]["seconds"] >= 0
    assert workbench.tasks()[1]["host"] == "localhost"


def test_the_validation_of_a_roles_arguments_is_told_only_when_it_fails(workbench: Workbench) -> None:
    role = workbench.workload / "roles" / "web"
    (role / "tasks").mkdir(parents=True)
    (role / "meta").mkdir()
    (role / "tasks" / "main.yml").write_text("- {name: Work, ansible.builtin.debug: {}}\n")
    (role / "meta" / "argument_specs.yml").write_text("argument_specs: {main: {options: {tier: {type: str, required: true}}}}\n")
    playbook = "- {hosts: localhost, gather_facts: false, roles: [web]}\n"
    with pytest.raises(EngineError, match="returned nothing"):
        AnsibleEngine().deploy(workbench.job(playbook, tier="web"))
    assert [each["name"] for each in workbench.tasks()] == ["web : Work", "web : Work"]

    with pytest.raises(EngineError, match="missing required arguments: tier"):
        AnsibleEngine().deploy(workbench.job(playbook))
    assert workbench.tasks()[-1]["status"] == "failed"


def test_tools_write_into_a_copy_that_has_no_checks(workbench: Workbench) -> None:
    (workbench.workload / "checks").mkdir()
    (workbench.workload / "note").write_text("as it stands")
    tasks = """
    - name: Look
      ansible.builtin.command: {cmd: test ! -e checks, chdir: "{{ playbook_dir }}"}
    - name: Change
      ansible.builtin.copy: {content: changed, dest: "{{ playbook_dir }}/note"}
"""
    AnsibleEngine().deploy(workbench.job(HEAD + tasks + RETURNS, mark=MARK))

    assert (workbench.workload / "note").read_text() == "as it stands"
    assert sorted(each.name for each in workbench.workload.iterdir()) == ["checks", "note", "site.yml"]


def test_a_failed_tasks_own_words_are_the_diagnostics(workbench: Workbench) -> None:
    tasks = """
    - name: Break
      ansible.builtin.shell: "echo the disk is full >&2; exit 4"
"""
    with pytest.raises(EngineError) as failure:
        AnsibleEngine().deploy(workbench.job(HEAD + tasks + RETURNS, mark=MARK))

    (words,) = failure.value.diagnostics
    assert words.startswith("localhost: Break: ")
    assert "the disk is full" in words
    assert failure.value.cause is None
    assert workbench.tasks()[-1]["status"] == "failed"
    assert "the disk is full" in workbench.tasks()[-1]["message"]


def test_each_failed_item_of_a_loop_speaks_for_itself(workbench: Workbench) -> None:
    tasks = """
    - name: Check
      ansible.builtin.assert: {that: item != 2, fail_msg: "item {{ item }} is bad"}
      loop: [1, 2, 3]
"""
    with pytest.raises(EngineError) as failure:
        AnsibleEngine().deploy(workbench.job(HEAD + tasks, mark=MARK))
    assert "item 2 is bad" in failure.value.diagnostics[0]
    assert "item 3" not in failure.value.diagnostics[0]


RESCUED = """
    - name: Try
      block:
        - name: Log in
          ansible.builtin.fail: {msg: timed out}
      rescue:
        - name: Look
          ansible.builtin.debug: {}
"""


def failure_of(workbench: Workbench, playbook: str) -> EngineError:
    with pytest.raises(EngineError) as failure:
        AnsibleEngine().deploy(workbench.job(playbook))
    return failure.value


def test_a_failure_that_was_rescued_is_not_what_a_later_one_is_blamed_on(workbench: Workbench) -> None:
    failure = failure_of(workbench, HEAD + RESCUED + "    - {name: Install, ansible.builtin.fail: {msg: no such package}}\n")
    assert failure.message == "the playbook site.yml failed: localhost: Install: no such package"
    assert failure.diagnostics == ("localhost: Install: no such package",)


def test_a_rescue_that_fails_is_the_failure(workbench: Workbench) -> None:
    failure = failure_of(workbench, HEAD + RESCUED.replace("debug: {}", "fail: {msg: the server is in ERROR}"))
    assert failure.diagnostics == ("localhost: Look: the server is in ERROR",)


def test_a_failure_that_only_what_is_done_always_follows_stays(workbench: Workbench) -> None:
    always = RESCUED.replace("rescue:", "always:")
    assert failure_of(workbench, HEAD + RESCUED + always).diagnostics == ("localhost: Log in: timed out",)
    both = always.replace("debug: {}", "fail: {msg: nothing to see}")
    assert failure_of(workbench, HEAD + both).diagnostics == ("localhost: Log in: timed out", "localhost: Look: nothing to see")


def test_a_failure_that_is_ignored_is_none(workbench: Workbench) -> None:
    tasks = """
    - name: Try
      ansible.builtin.fail: {msg: timed out}
      ignore_errors: true
    - name: Reach
      ansible.builtin.ping:
      vars: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 9}
      ignore_unreachable: true
    - name: Look
      ansible.builtin.debug: {}
"""
    failure = failure_of(workbench, HEAD + tasks + "    - {name: Install, ansible.builtin.fail: {msg: no such package}}\n")
    assert failure.diagnostics == ("localhost: Install: no such package",)


def test_a_host_that_goes_on_takes_back_no_other_hosts_failure(workbench: Workbench) -> None:
    playbook = """
- hosts: localhost
  gather_facts: false
  tasks:
    - {name: Add, ansible.builtin.add_host: {name: "{{ item }}", groups: tiers, ansible_connection: local}, loop: [web, data]}
- hosts: tiers
  gather_facts: false
  strategy: free
  tasks:
    - name: Try
      block:
        - name: Log in
          ansible.builtin.assert: {that: item != 2, fail_msg: timed out, quiet: true}
          loop: [1, 2]
          delegate_to: localhost
      rescue:
        - name: Look
          ansible.builtin.assert: {that: inventory_hostname == 'web', fail_msg: it is in ERROR, quiet: true}
          delegate_to: localhost
    - {name: Rest, ansible.builtin.wait_for: {timeout: 1}, delegate_to: localhost}
    - {name: Go on, ansible.builtin.debug: {}}
"""
    assert failure_of(workbench, playbook).diagnostics == ("data: Look: it is in ERROR",)


def test_when_it_is_stopped_a_rescued_failure_is_no_diagnostic(workbench: Workbench, tmp_path: Path) -> None:
    tasks = f"    - {{name: Wait, ansible.builtin.shell: 'touch {tmp_path}/waits; sleep 60'}}\n"
    with pytest.raises(EngineError, match="cancelled") as failure:
        AnsibleEngine().deploy(workbench.job(HEAD + RESCUED + tasks, cancelled=(tmp_path / "waits").exists))
    assert failure.value.diagnostics == ("localhost: Wait: under way",)


def test_an_error_of_the_playbook_after_a_rescue_is_not_the_rescued_failure(workbench: Workbench) -> None:
    tasks = "    - {name: Notify, ansible.builtin.command: 'true', notify: no such handler}\n"
    failure = failure_of(workbench, HEAD + RESCUED + tasks)
    assert "outside any task" in failure.message
    assert "no such handler" in failure.message


def test_servers_told_before_a_failure_are_still_known(workbench: Workbench) -> None:
    tasks = """
    - name: Break
      ansible.builtin.fail: {msg: no answer on port 22}
"""
    with pytest.raises(Unfinished, match="no answer on port 22") as failure:
        AnsibleEngine().deploy(workbench.job(HEAD + RETURNS + tasks, mark=MARK))
    assert [each.id for each in failure.value.deployment.servers] == ["s1"]


def test_a_playbook_that_cannot_start_says_so(workbench: Workbench) -> None:
    with pytest.raises(EngineError, match=r"before any task: .*no_such_key"):
        AnsibleEngine().deploy(workbench.job("- hosts: localhost\n  no_such_key: 1\n"))
    assert "no_such_key" in (workbench.private / "ansible.log").read_text()


def test_a_playbook_that_returns_nothing_is_an_error(workbench: Workbench) -> None:
    with pytest.raises(EngineError, match="returned nothing"):
        AnsibleEngine().deploy(workbench.job(HEAD + "    - {name: Nothing, ansible.builtin.debug: {}}\n"))


def test_a_fact_that_is_not_a_deployment_is_an_error(workbench: Workbench) -> None:
    tasks = "    - {name: Return, ansible.builtin.set_stats: {data: {interop: {servers: [{id: s1}]}}}}\n"
    with pytest.raises(EngineError, match="not a deployment"):
        AnsibleEngine().deploy(workbench.job(HEAD + tasks))


def test_past_its_deadline_it_is_stopped_and_the_harness_takes_the_blame(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + (600 if (tmp_path / "pid").exists() else 0))
    monkeypatch.setattr("harness.engines.tether.time", clock)
    tasks = f"""
    - name: Wait
      ansible.builtin.shell: "echo $$ > {tmp_path}/pid; sleep 60"
"""
    with pytest.raises(EngineError, match="had not ended after 600 s") as failure:
        AnsibleEngine().deploy(workbench.job(HEAD + tasks, limit_s=600))

    assert isinstance(failure.value.cause, HarnessFault)
    assert failure.value.diagnostics == ("localhost: Wait: under way",)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_cancelled_it_is_stopped_with_all_its_processes(workbench: Workbench, tmp_path: Path) -> None:
    tasks = f"""
    - name: Wait
      ansible.builtin.shell: "echo $$ > {tmp_path}/pid; sleep 60"
"""
    with pytest.raises(EngineError, match="cancelled"):
        AnsibleEngine().deploy(workbench.job(HEAD + tasks, cancelled=(tmp_path / "pid").exists))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_interrupted_it_leaves_no_process_behind(workbench: Workbench, tmp_path: Path) -> None:
    def interrupts() -> bool:
        if (tmp_path / "pid").exists():
            signal.raise_signal(signal.SIGINT)
        return False

    tasks = f"""
    - name: Wait
      ansible.builtin.shell: "echo $$ > {tmp_path}/pid; sleep 60"
"""
    with pytest.raises(KeyboardInterrupt):
        AnsibleEngine().deploy(workbench.job(HEAD + tasks, cancelled=interrupts))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_an_ansible_that_is_killed_is_the_harnesss_affair_not_the_clouds(workbench: Workbench) -> None:
    job = workbench.job(HEAD)
    tasks = f"""
    - name: Kill
      ansible.builtin.shell: "tether=$(cat {job.folder}/tether.pid); kill -9 $(cat /proc/$tether/task/$tether/children); sleep 60"
"""
    with pytest.raises(EngineError, match="was killed by signal 9") as failure:
        AnsibleEngine().deploy(workbench.job(HEAD + tasks))
    assert isinstance(failure.value.cause, HarnessFault)
    assert failure.value.diagnostics == ("localhost: Kill: under way",)


def test_the_environment_names_the_cloud_and_has_nothing_else_of_the_callers(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OS_PASSWORD", "the-password")
    monkeypatch.setenv("ANSIBLE_FORKS", "1")
    tasks = f"""
    - name: Look
      ansible.builtin.shell: "env > {tmp_path}/environment"
"""
    AnsibleEngine().deploy(workbench.job(HEAD + tasks + RETURNS, mark=MARK))

    environment = (tmp_path / "environment").read_text().splitlines()
    assert "OS_CLOUD=acme" in environment
    assert f"OS_CLIENT_CONFIG_FILE={tmp_path}/clouds.yaml" in environment
    assert not [each for each in environment if each.startswith(("OS_PASSWORD", "ANSIBLE_FORKS"))]


def test_what_is_known_to_be_secret_is_in_no_file_and_no_error(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OS_PASSWORD", "hunter2-hunter2")
    redact.register("hunter2-hunter2")
    tasks = """
    - name: Leak
      ansible.builtin.fail: {msg: "cannot log in with hunter2-{{ 'hunter2' }}"}
"""
    with pytest.raises(EngineError) as failure:
        AnsibleEngine().deploy(workbench.job(HEAD + tasks, mark=MARK))

    assert "hunter2" not in str(failure.value) + "".join(failure.value.diagnostics)
    (workbench.workload / "site.yml").unlink()  # the test's own playbook has the halves of it
    written = [each for each in tmp_path.rglob("*") if each.is_file() and each.name != "site.yml"]
    assert written
    assert not [each for each in written if b"hunter2-hunter2" in each.read_bytes()]


def test_a_hidden_tasks_words_stay_hidden(workbench: Workbench) -> None:
    tasks = """
    - name: Whisper
      ansible.builtin.shell: "echo swordfish; exit 1"
      no_log: true
"""
    with pytest.raises(EngineError) as failure:
        AnsibleEngine().deploy(workbench.job(HEAD + tasks))
    assert "swordfish" not in str(failure.value) + "".join(failure.value.diagnostics)
    assert "hidden" in failure.value.diagnostics[0]


def test_inputs_reach_the_playbook_through_a_file_and_not_the_command_line(workbench: Workbench, tmp_path: Path) -> None:
    tasks = f"""
    - name: Look
      ansible.builtin.shell: "tr '\\\\0' ' ' < /proc/{{{{ lookup('pipe', 'echo $PPID') }}}}/cmdline > {tmp_path}/command"
    - name: Use
      ansible.builtin.assert: {{that: image == "debian-13"}}
"""
    AnsibleEngine().deploy(workbench.job(HEAD + tasks + RETURNS, mark=MARK, image="debian-13"))
    command = (tmp_path / "command").read_text()
    assert "ansible-playbook" in command
    assert "debian-13" not in command


def test_nothing_is_left_but_the_copy_the_inputs_and_the_log(workbench: Workbench) -> None:
    AnsibleEngine().deploy(workbench.job(HEAD + RETURNS, mark=MARK))
    assert not list(workbench.private.glob("artifacts/*"))
    assert (workbench.private.stat().st_mode & 0o777) == 0o700
    assert "Return" in (workbench.private / "ansible.log").read_text()


def test_a_refusal_of_the_clouds_api_is_the_cause(workbench: Workbench) -> None:
    module = workbench.workload / "collections" / "ansible_collections" / "openstack" / "cloud" / "plugins" / "modules"
    module.mkdir(parents=True)
    (module / "server.py").write_text(
        "from ansible.module_utils.basic import AnsibleModule\n"
        "AnsibleModule({}).fail_json(msg='ForbiddenException: 403: Client Error for url: http://192.0.2.1/servers, "
        "Quota exceeded for instances: Requested 1, but already used 10 of 10 instances')\n"
    )
    (workbench.workload / "ansible.cfg").write_text("[defaults]\ncollections_path = collections\n")
    with pytest.raises(EngineError) as failure:
        AnsibleEngine().deploy(workbench.job(HEAD + "    - {name: Create, openstack.cloud.server: {}}\n"))
    assert isinstance(failure.value.cause, QuotaReached)


def test_the_same_words_from_anything_but_the_cloud_are_no_cause(workbench: Workbench) -> None:
    tasks = "    - {name: Break, ansible.builtin.fail: {msg: 'Unsupported: quota exceeded'}}\n"
    with pytest.raises(EngineError) as failure:
        AnsibleEngine().deploy(workbench.job(HEAD + tasks))
    assert failure.value.cause is None


def test_applying_again_starts_from_a_clean_copy(workbench: Workbench) -> None:
    tasks = """
    - name: Spoil
      ansible.builtin.copy: {content: "", dest: "{{ playbook_dir }}/left-over"}
"""
    AnsibleEngine().deploy(workbench.job(HEAD + tasks + RETURNS, mark=MARK))
    AnsibleEngine().deploy(workbench.job(HEAD + RETURNS, mark=MARK))
    assert not (workbench.private / "project" / "left-over").exists()
