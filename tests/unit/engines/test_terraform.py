"""The engine with the real Terraform, and small configurations that need neither a cloud nor a provider."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from shutil import copy
from textwrap import dedent
from threading import Thread
from typing import Any

import pytest

from harness import redact
from harness.engines import Job, load
from harness.engines.terraform import TerraformEngine
from harness.engines.terraform_tool import PROVIDER, SETTINGS, Tool, home
from harness.errors import CloudConfigError, EngineError, FileError, HarnessFault, QuotaReached, UsageError
from harness.journal import Journal, read
from tests.unit.wire import ENTRY

MARK = {"prefix": "interop-12345678-abcdef"}
HEAD = """
variable "mark" {
  type = object({ prefix = string })
}
"""
OUTPUTS = """
output "servers" {
  value = [{ id = "s1", name = "${var.mark.prefix}-left", role = "left", login_user = "debian", address = "192.0.2.7" }]
}
output "endpoints" {
  value = [{ name = "page", url = "http://192.0.2.7/" }]
}
output "branches" {
  value = { address = "floating" }
}
"""
THING = """
resource "terraform_data" "thing" {
  input = "a thing"
}
"""
SLOW = """
resource "terraform_data" "first" {}
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "echo $PPID $$ > %s; sleep 60"
  }
  depends_on = [terraform_data.first]
}
"""
NEEDS_PROVIDER = """
terraform {
  required_providers {
    openstack = {
      source  = "terraform-provider-openstack/openstack"
      version = "%s"
    }
  }
}
"""
DAMAGED = '{"version": 4, "serial": 1, "resources": [{"mo'


class Bench:
    """A workload folder, the engine, and the job to deploy it."""

    def __init__(self, folder: Path) -> None:
        self.workload = folder / "workload"
        self.workload.mkdir()
        self.private = folder / "engine"
        self.journal = Journal(folder / "journal.jsonl")
        self.engine = TerraformEngine()
        self.clouds = folder / "clouds.yaml"
        self.clouds.write_text(ENTRY)
        self.job = Job(
            workload=self.workload,
            entry="main.tf",
            folder=self.private,
            shared=folder / "shared",
            cloud="acme",
            config_file=self.clouds,
            inputs={"private_key_file": "/keys/cell", "mark": MARK},
            journal=self.journal,
            limit_s=60,
            cancelled=lambda: False,
        )

    def prepared(self, configuration: str, **changes: Any) -> Job:
        """The job for ``configuration``, prepared."""
        (self.workload / "main.tf").write_text(dedent(configuration))
        job = replace(self.job, **changes)
        self.engine.prepare(job)
        return job

    def told(self, event: str) -> list[dict[str, Any]]:
        return [each for each in read(self.journal.path) if each["event"] == event]

    def tasks(self) -> list[tuple[str, str]]:
        return [(each["name"], each["status"]) for each in self.told("engine.task")]

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.private / "terraform.tfstate").read_text()))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    # whoever asks the registry all the same is refused at once; what lies in the cache is Terraform itself, at most
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv(SETTINGS, raising=False)
    for user in ("terraform", "terraform_tool"):
        monkeypatch.setattr(f"harness.engines.{user}.mirror", lambda: tmp_path / "mirror")
    found = Bench(tmp_path)
    yield found
    found.journal.close()


def test_it_is_an_engine_by_its_name() -> None:
    assert isinstance(load("terraform"), TerraformEngine)


def test_outputs_become_a_deployment(bench: Bench) -> None:
    deployment = bench.engine.deploy(bench.prepared(HEAD + THING + OUTPUTS))

    (server,) = deployment.servers
    assert (server.name, server.address, server.public_ports) == ("interop-12345678-abcdef-left", "192.0.2.7", (22,))
    assert deployment.endpoints[0].url == "http://192.0.2.7/"
    assert deployment.branches == {"address": "floating"}
    assert deployment.private_key == "/keys/cell"
    assert deployment.seconds > 0


def test_every_act_is_in_the_journal_and_so_is_which_terraform_it_was(bench: Bench) -> None:
    bench.engine.deploy(bench.prepared(HEAD + THING + OUTPUTS))
    assert bench.tasks() == [("create terraform_data.thing", "started"), ("create terraform_data.thing", "changed")]
    (tool,) = bench.told("engine.tool")
    assert tool["name"] == "terraform"
    assert tool["version"]


def test_applying_again_changes_nothing(bench: Bench) -> None:
    job = bench.prepared(HEAD + THING + OUTPUTS)
    first = bench.engine.deploy(job)
    before, tasks = bench.state, bench.tasks()
    again = bench.engine.deploy(job)
    assert bench.state == before
    assert replace(again, seconds=first.seconds) == first
    assert [status for _, status in bench.tasks()[len(tasks) :] if status == "changed"] == []


def test_destroy_leaves_an_empty_state_and_no_copy_of_it(bench: Bench) -> None:
    job = bench.prepared(HEAD + THING + OUTPUTS)
    bench.engine.deploy(job)
    bench.engine.destroy(job)
    assert bench.state["resources"] == []
    assert list(bench.private.rglob("*.backup")) == []
    assert ("delete terraform_data.thing", "changed") in bench.tasks()


def test_where_nothing_was_applied_there_is_nothing_to_destroy(bench: Bench) -> None:
    bench.engine.destroy(bench.job)
    assert bench.tasks() == []


def test_what_failed_is_said_in_terraforms_words(bench: Bench) -> None:
    fails = """
    resource "terraform_data" "bad" {
      provisioner "local-exec" {
        command = "echo the disk is full >&2; exit 4"
      }
    }
    """
    job = bench.prepared(HEAD + dedent(fails) + OUTPUTS)
    with pytest.raises(EngineError, match="exit status 4") as failure:
        bench.engine.deploy(job)
    assert failure.value.cause is None
    assert bench.told("engine.task")[-1]["status"] == "failed"
    assert "the disk is full" in (bench.private / "terraform.log").read_text()


def test_a_file_that_does_not_parse_is_named_with_its_line(bench: Bench) -> None:
    with pytest.raises(FileError, match=r"workload/main.tf: line 5: Unclosed configuration block"):
        bench.prepared(HEAD.rstrip() + '\nresource "terraform_data" "thing" {\n')


def test_a_file_that_makes_no_sense_is_named_with_its_line(bench: Bench) -> None:
    with pytest.raises(FileError, match=r"main.tf: line 6: .*nowhere"):
        bench.prepared(HEAD + 'output "servers" {\n  value = var.nowhere\n}\n')


def test_a_workload_that_does_not_know_the_mark_is_refused(bench: Bench) -> None:
    with pytest.raises(FileError, match='declares no variable "mark"'):
        bench.prepared(THING + '# variable "mark" {\n')


@pytest.mark.parametrize(
    ("block", "named"),
    [
        ('terraform {\n  backend "s3" {\n    bucket = "x"\n  }\n}\n', 'main.tf: backend "s3": keeps its state elsewhere'),
        ('terraform { backend  "http" { address = "http://a" } }\n', 'main.tf: backend "http": keeps its state elsewhere'),
        ('terraform {\n  cloud {\n    organization = "x"\n  }\n}\n', "main.tf: cloud: keeps its state elsewhere"),
        ('terraform {\n  backend s3 {\n    bucket = "x"\n  }\n}\n', "main.tf: backend s3: keeps its state elsewhere"),
        ('terraform {\n  /* x */ backend /* y */ "s3" { # z\n  }\n}\n', 'main.tf: backend "s3": keeps its state elsewhere'),
        ('locals {\n  a = "http://a/*"\n}\nterraform {\n  backend pg {} // */\n}\n', "main.tf: backend pg: keeps its state elsewhere"),
    ],
)
def test_a_workload_that_keeps_its_state_elsewhere_is_refused(bench: Bench, block: str, named: str) -> None:
    with pytest.raises(FileError, match=re.escape(named)):
        bench.prepared(HEAD + block)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"terraform": {"backend": {"s3": {"bucket": "x"}}}}, 'more.tf.json: backend "s3": keeps its state elsewhere'),
        (
            {"terraform": [{"required_version": ">= 1.4"}, {"backend": [{"http": {}}]}]},
            'more.tf.json: backend "http": keeps its state elsewhere',
        ),
        ({"terraform": {"cloud": {"organization": "x"}}}, "more.tf.json: cloud: keeps its state elsewhere"),
    ],
)
def test_a_workload_that_says_so_in_json_is_refused_too(bench: Bench, settings: dict[str, Any], named: str) -> None:
    (bench.workload / "more.tf.json").write_text(json.dumps(settings))
    with pytest.raises(FileError, match=re.escape(named)):
        bench.prepared(HEAD)


def test_the_mark_may_be_declared_in_json_and_a_state_kept_here(bench: Bench) -> None:
    mark = {"variable": {"mark": {"type": "object({ prefix = string })"}}, "terraform": {"backend": {"local": {}}}}
    (bench.workload / "more.tf.json").write_text(json.dumps(mark))
    bench.prepared(THING)


def test_json_that_does_not_parse_is_named_with_its_line(bench: Bench) -> None:
    (bench.workload / "more.tf.json").write_text('{"terraform": {\n')
    with pytest.raises(FileError, match=r"more\.tf\.json: line 2: Missing value"):
        bench.prepared(HEAD)


@pytest.mark.parametrize(
    "block",
    [
        'terraform {\n  backend "local" {}\n}\n',
        "terraform {\n  backend local {}\n}\n",
        'terraform {\n  # backend "s3" {\n}\n',
        'terraform {\n  /*\n  backend "s3" {}\n  */\n}\n',
    ],
)
def test_a_workload_whose_state_stays_is_not_refused_for_it(bench: Bench, block: str) -> None:
    bench.prepared(HEAD + block)


def test_without_terraform_it_says_what_to_do(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="neither terraform nor tofu") as refusal:
        bench.prepared(HEAD)
    assert "make provider" in refusal.value.mend


def test_without_a_provider_and_a_registry_it_says_what_to_do(bench: Bench) -> None:
    with pytest.raises(UsageError, match="terraform-provider-openstack/openstack") as refusal:
        bench.prepared(HEAD + NEEDS_PROVIDER % ">= 1.54.1")
    assert "make provider" in refusal.value.mend


def test_the_others_wait_for_the_first_cell_of_a_round_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    look = f"if flock -n {bench.job.shared}/lock true; then echo free; else echo held; fi >> {tmp_path}/seen"
    version = """version) echo '{"terraform_version": "1.11.4"}'"""
    is_another(tmp_path, monkeypatch, f"case $1 in init) {look}; echo '# of the first' > .terraform.lock.hcl;; {version};; esac")
    for cell in ("first", "second", "third"):
        bench.prepared(HEAD, folder=tmp_path / cell)
    assert (tmp_path / "seen").read_text().split() == ["held", "free", "free"]


def mirrored(bench: Bench, version: str) -> Path:
    """The provider that `make provider` built, in the test's own mirror, as if it were of that version."""
    (built,) = (home() / "providers" / "registry.terraform.io").glob(f"{PROVIDER}/*/*/*")
    folder = bench.workload.parent / "mirror" / "registry.terraform.io" / PROVIDER / version / "linux_amd64"
    folder.mkdir(parents=True)
    return Path(copy(built, folder / f"terraform-provider-openstack_v{version}"))


def test_a_provider_of_another_version_than_is_asked_for_is_refused(bench: Bench) -> None:
    mirrored(bench, "1.54.1")
    with pytest.raises(UsageError, match=r"no available releases match the given constraints >= 2\.0") as refusal:
        bench.prepared(HEAD + NEEDS_PROVIDER % ">= 2.0.0")
    assert "ask for 1.54.1" in refusal.value.mend


def test_every_cell_of_a_round_has_the_provider_of_the_first(bench: Bench) -> None:
    asks = HEAD + NEEDS_PROVIDER % ">= 1.0.0"
    mirrored(bench, "1.54.1")
    bench.prepared(asks)
    mirrored(bench, "1.55.0")
    bench.prepared(asks, folder=bench.private.with_name("another-cell"))
    used = [(each["version"], each["hash"]) for each in bench.told("engine.tool") if "openstack" in each["name"]]
    assert used[0][0] == "1.54.1"
    assert used[1] == used[0]


def test_another_build_of_the_provider_than_the_first_cell_had_is_refused(bench: Bench) -> None:
    provider = mirrored(bench, "1.54.1")
    bench.prepared(HEAD + NEEDS_PROVIDER % ">= 1.0.0")
    provider.write_text("another build")
    with pytest.raises(UsageError, match="checksums"):
        bench.prepared(HEAD + NEEDS_PROVIDER % ">= 1.0.0", folder=bench.private.with_name("another-cell"))


def locked(host: str, provider: str, *hashes: str) -> str:
    """A provider's block of a lock file."""
    listed = "".join(f'    "{each}",\n' for each in hashes)
    return f'provider "{host}/{provider}" {{\n  version = "3.4.1"\n  hashes = [\n{listed}  ]\n}}\n\n'


def recorded(bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str, lock: str) -> dict[str, str]:
    """What the journal says of a tool, whose ``init`` writes that lock file, and of its providers: their hashes."""
    folder = bench.workload.parent
    selections = dict.fromkeys(re.findall('provider "([^"]+)"', lock), "3.4.1")
    (folder / "lock.hcl").write_text(lock)
    (folder / "version.json").write_text(json.dumps({"terraform_version": "1.12.0", "provider_selections": selections}))
    does = f"case $1 in init) cat {folder}/lock.hcl > .terraform.lock.hcl;; version) cat {folder}/version.json;; esac"
    tool = Tool(is_another(folder, monkeypatch, does, name), "1.12.0")
    monkeypatch.setattr("harness.engines.terraform.find_tool", lambda: tool)
    bench.prepared(HEAD)
    return {each["name"]: each.get("hash", "") for each in bench.told("engine.tool")}


@pytest.mark.parametrize(("tool", "host"), [("terraform", "registry.terraform.io"), ("tofu", "registry.opentofu.org")])
def test_the_journal_has_the_tools_name_and_the_one_hash_of_each_provider(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tool: str, host: str
) -> None:
    lock = locked(host, "hashicorp/random", "zh:aa") + locked(host, PROVIDER, "h1:bb=", "zh:cc") + locked(host, "hashicorp/tls", "h1:dd=")
    assert recorded(bench, monkeypatch, tool, lock) == {tool: "", "hashicorp/random": "", PROVIDER: "h1:bb=", "hashicorp/tls": "h1:dd="}


def test_of_the_hashes_of_several_platforms_the_journal_has_a_digest(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    found = recorded(bench, monkeypatch, "tofu", locked("registry.opentofu.org", PROVIDER, "h1:cc=", "h1:bb=", "zh:dd"))
    assert found[PROVIDER] == f"sha256:{sha256(b'h1:bb= h1:cc=').hexdigest()}"


def test_what_the_clouds_api_said_is_the_cause(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = (
        "Error creating openstack_networking_router_v2: Expected HTTP response code [201 202] when accessing [POST http://x/routers], "
        'but got 409 instead\n{"NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: [router].", "detail": ""}}'
    )
    diagnostic = {"severity": "error", "summary": words, "detail": "", "address": "openstack_networking_router_v2.n[3]"}
    job = bench.prepared(HEAD + THING + OUTPUTS)
    says(tmp_path, monkeypatch, {"@message": "Error", "type": "diagnostic", "diagnostic": diagnostic})
    with pytest.raises(EngineError, match=r"n\[3\]: Error creating") as failure:
        bench.engine.deploy(job)
    assert isinstance(failure.value.cause, QuotaReached)


def says(folder: Path, monkeypatch: pytest.MonkeyPatch, event: dict[str, Any]) -> None:
    """From now on Terraform is a program that says what the real one said on a real cloud, and fails."""
    (folder / "said.json").write_text(json.dumps(event) + "\n")
    is_another(folder, monkeypatch, f"cat {folder}/said.json\nexit 1")


def is_another(folder: Path, monkeypatch: pytest.MonkeyPatch, does: str, name: str = "terraform") -> Path:
    """From now on the Terraform in PATH is another program."""
    program = folder / "bin" / name
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program


def test_a_provider_that_dies_says_nothing_of_the_cloud(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = "The plugin encountered an error, and failed to respond to the plugin.(*GRPCProvider).ApplyResourceChange call."
    diagnostic = {"severity": "error", "summary": "Plugin did not respond", "detail": words, "address": "openstack_compute_instance_v2.s"}
    job = bench.prepared(HEAD + THING + OUTPUTS)
    says(tmp_path, monkeypatch, {"@message": "Error", "type": "diagnostic", "diagnostic": diagnostic})
    with pytest.raises(EngineError, match="Plugin did not respond") as failure:
        bench.engine.deploy(job)
    assert isinstance(failure.value.cause, HarnessFault)


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("""echo '{"terraform_version": "1.5.7"}'""", "version 1.5.7, and 1.9 or newer is needed"),
        ("echo Terraform v0.11.14; exit 127", "version 0.11.14, and"),
        ("exit 1", "version unknown, and"),
    ],
)
def test_a_terraform_that_is_too_old_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, does: str, told: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    is_another(tmp_path, monkeypatch, does)
    with pytest.raises(UsageError, match=re.escape(told)) as refusal:
        bench.prepared(HEAD)
    assert "make provider" in refusal.value.mend
    assert not bench.private.exists()


def test_what_terraform_refuses_without_a_place_or_a_known_reason_is_refused_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    is_another(tmp_path, monkeypatch, """case $1 in version) echo '{"terraform_version": "1.11.4"}';; *) echo no room; exit 1;; esac""")
    with pytest.raises(UsageError, match="terraform init failed: no room"):
        bench.prepared(HEAD)


def test_a_module_that_cannot_be_fetched_is_no_fault_of_the_file(bench: Bench) -> None:
    with pytest.raises(EngineError, match=r"terraform init failed: main.tf line .* Failed to download module.*refused") as failure:
        bench.prepared(HEAD + 'module "far" {\n  source = "https://127.0.0.1:9/far.zip"\n}\n')
    assert isinstance(failure.value.cause, HarnessFault)


def test_a_module_that_is_wrong_is_the_files_fault(bench: Bench) -> None:
    with pytest.raises(FileError, match=r"main.tf: line \d+: .*source"):
        bench.prepared(HEAD + 'module "far" {\n  sauce = "./far"\n}\n')


def test_a_file_that_wants_another_terraform_says_where_and_how_to_get_one(bench: Bench) -> None:
    with pytest.raises(FileError, match=r"main.tf: line \d+: Unsupported Terraform Core version") as refusal:
        bench.prepared(HEAD + 'terraform {\n  required_version = ">= 99.0"\n}\n')
    assert "install Terraform" in refusal.value.mend


@pytest.mark.parametrize(("how", "told"), [("kill -9 $$", "killed by signal 9"), ("sleep 60", "was stopped: it had not ended after 1 s")])
def test_an_init_that_was_cut_off_is_told_as_that_whatever_it_said_of_a_file(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str, told: str
) -> None:
    where = {"filename": "main.tf", "start": {"line": 3}}
    diagnostic = {"severity": "error", "summary": "Failed to read", "detail": "", "range": where}
    (tmp_path / "said.json").write_text(json.dumps({"@message": "Error", "type": "diagnostic", "diagnostic": diagnostic}) + "\n")
    version = """version) echo '{"terraform_version": "1.11.4"}'"""
    is_another(tmp_path, monkeypatch, f"case $1 in {version};; *) cat {tmp_path}/said.json; {how};; esac")
    monkeypatch.setattr("harness.engines.terraform.INIT_LIMIT_S", 1)
    with pytest.raises(EngineError, match=f"terraform init.*{told}") as failure:
        bench.prepared(HEAD)
    assert isinstance(failure.value.cause, HarnessFault)


@pytest.mark.parametrize("act", ["deploy", "destroy"])
@pytest.mark.parametrize(("content", "problem"), [(DAMAGED, "Unterminated string starting at: line 1 column 44"), ("", "it is empty")])
def test_a_damaged_state_is_one_clear_error(bench: Bench, act: str, content: str, problem: str) -> None:
    job = bench.prepared(HEAD + THING + OUTPUTS)
    state = bench.private / "terraform.tfstate"
    state.write_text(content)
    with pytest.raises(EngineError, match=re.escape(f"the state file {state} is damaged: {problem}")) as failure:
        getattr(bench.engine, act)(job)
    assert "interop sweep" in failure.value.mend
    assert isinstance(failure.value.cause, HarnessFault)
    assert state.read_text() == content


def test_an_output_that_is_missing_is_one_clear_error(bench: Bench) -> None:
    job = bench.prepared(HEAD + THING)
    with pytest.raises(EngineError, match="no output servers"):
        bench.engine.deploy(job)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def processes(file: Path) -> tuple[int, int]:
    """Terraform's and its provisioner's ids, once there are any."""
    end = time.monotonic() + 30
    while not (file.exists() and len(file.read_text().split()) == 2):
        assert time.monotonic() < end
        time.sleep(0.05)
    terraform, shell = file.read_text().split()
    return int(terraform), int(shell)


def test_killed_in_the_middle_it_can_be_destroyed(bench: Bench, tmp_path: Path) -> None:
    job = bench.prepared(HEAD + SLOW % (tmp_path / "pids") + OUTPUTS)
    killer = Thread(target=lambda: os.kill(processes(tmp_path / "pids")[0], signal.SIGKILL))
    killer.start()
    with pytest.raises(EngineError, match="terraform apply was killed by signal 9") as failure:
        bench.engine.deploy(job)
    killer.join()
    assert isinstance(failure.value.cause, HarnessFault)
    assert all(gone(pid) for pid in processes(tmp_path / "pids"))
    assert bench.state["resources"]
    bench.engine.destroy(job)
    assert bench.state["resources"] == []


@pytest.mark.parametrize(
    ("why", "changes"),
    [("cancelled", {"cancelled": lambda: True}), ("had not ended after 1 s", {"limit_s": 1})],
)
def test_what_is_stopped_is_stopped_with_its_family_and_is_no_fault_of_the_clouds(
    bench: Bench, tmp_path: Path, why: str, changes: dict[str, Any]
) -> None:
    job = bench.prepared(HEAD + SLOW % (tmp_path / "pids") + OUTPUTS)
    pids = tmp_path / "pids"
    if "cancelled" in changes:
        changes = {"cancelled": pids.exists}
    with pytest.raises(EngineError, match=why) as failure:
        bench.engine.deploy(replace(job, **changes))
    assert isinstance(failure.value.cause, HarnessFault)
    assert not pids.exists() or all(gone(pid) for pid in processes(pids))


def test_a_destroy_that_hangs_is_stopped_at_its_own_deadline(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = f"""
    resource "terraform_data" "hangs" {{
      provisioner "local-exec" {{
        when    = destroy
        command = "echo $PPID $$ > {tmp_path}/pids; sleep 60"
      }}
    }}
    """
    job = bench.prepared(HEAD + dedent(hangs) + OUTPUTS)
    bench.engine.deploy(job)
    monkeypatch.setattr("harness.engines.terraform.DESTROY_LIMIT_S", 2)
    with pytest.raises(EngineError, match=r"terraform destroy was stopped: it had not ended after 2 s"):
        bench.engine.destroy(job)
    assert all(gone(pid) for pid in processes(tmp_path / "pids"))
    assert bench.state["resources"]


def looks(tmp_path: Path) -> str:
    """A configuration that writes down what Terraform's own environment and command line are."""
    return f"""
    resource "terraform_data" "look" {{
      provisioner "local-exec" {{
        command = "env > {tmp_path}/environment; tr '\\\\0' ' ' < /proc/$PPID/cmdline > {tmp_path}/command"
      }}
    }}
    """


def test_the_environment_names_the_cloud_and_has_nothing_else_of_the_callers(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OS_PASSWORD", "the-password")
    monkeypatch.setenv("TF_LOG", "trace")
    monkeypatch.setenv("TF_VAR_mark", "{}")
    bench.engine.deploy(bench.prepared(HEAD + dedent(looks(tmp_path)) + OUTPUTS))

    environment = (tmp_path / "environment").read_text().splitlines()
    assert "OS_CLOUD=acme" in environment
    assert f"OS_CLIENT_CONFIG_FILE={tmp_path}/clouds.yaml" in environment
    assert not [each for each in environment if each.startswith(("OS_PASSWORD", "TF_LOG", "TF_VAR"))]


@pytest.mark.parametrize(("there", "mirrored", "read"), [(True, False, "own.tfrc"), (False, False, None), (True, True, "settings.tfrc")])
def test_settings_that_the_user_named_are_read_unless_the_mirror_gives_the_provider(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: bool, mirrored: bool, read: str | None
) -> None:
    monkeypatch.setenv(SETTINGS, str(tmp_path / "own.tfrc"))
    monkeypatch.setattr("harness.engines.terraform.mirrored_versions", lambda: ["1.54.1"] if mirrored else [])
    if there:
        (tmp_path / "own.tfrc").write_text("")
    is_another(tmp_path, monkeypatch, f"""env > {tmp_path}/environment; echo '{{"terraform_version": "1.11.4"}}'""")
    bench.prepared(HEAD)
    told = [each for each in (tmp_path / "environment").read_text().splitlines() if each.startswith(SETTINGS)]
    assert [Path(each.partition("=")[2]).name for each in told] == ([read] if read else [])


def test_the_environment_names_the_region_and_the_interface_that_everybody_else_takes(bench: Bench, tmp_path: Path) -> None:
    bench.clouds.write_text(ENTRY + "    regions: [north, south]\n    interface: internal\n")
    job = bench.prepared(HEAD + dedent(looks(tmp_path)) + OUTPUTS)
    bench.clouds.write_text(ENTRY)  # what is removed is removed where it was made
    bench.engine.deploy(job)

    environment = (tmp_path / "environment").read_text().splitlines()
    assert {"OS_REGION_NAME=north", "OS_ENDPOINT_TYPE=internal"} <= set(environment)


def test_a_cloud_that_the_provider_cannot_follow_is_refused_before_anything_is_made(bench: Bench) -> None:
    bench.clouds.write_text(ENTRY + "    interface: [internal, public]\n")
    with pytest.raises(CloudConfigError, match="Terraform's provider knows nothing else"):
        bench.prepared(HEAD + THING + OUTPUTS)


def test_inputs_reach_terraform_through_a_file_and_not_the_command_line(bench: Bench, tmp_path: Path) -> None:
    inputs = {**bench.job.inputs, "image": "debian-13"}
    configuration = HEAD + 'variable "image" {\n  type = string\n}\n' + dedent(looks(tmp_path)) + OUTPUTS
    bench.engine.deploy(bench.prepared(configuration, inputs=inputs))
    command = (tmp_path / "command").read_text()
    assert "-var-file=" in command
    assert "debian-13" not in command


def test_the_workload_stays_as_it_is_and_what_was_left_in_it_by_hand_is_not_taken_along(bench: Bench) -> None:
    (bench.workload / "terraform.tfstate").write_text(DAMAGED)
    (bench.workload / ".terraform.lock.hcl").write_text("damaged")
    bench.engine.deploy(bench.prepared(HEAD + THING + OUTPUTS))
    assert sorted(each.name for each in bench.workload.iterdir()) == [".terraform.lock.hcl", "main.tf", "terraform.tfstate"]
    assert (bench.workload / "terraform.tfstate").read_text() == DAMAGED
    assert (bench.private.stat().st_mode & 0o777) == 0o700


def test_a_sensitive_output_is_in_no_file_but_the_state(bench: Bench, tmp_path: Path) -> None:
    secret = """
    resource "terraform_data" "secret" {
      input = "${uuid()}${uuid()}"
      lifecycle {
        ignore_changes = [input]
      }
    }
    output "token" {
      value     = { inner = [terraform_data.secret.output] }
      sensitive = true
    }
    """
    job = bench.prepared(HEAD + dedent(secret) + OUTPUTS)
    bench.engine.deploy(job)
    value = bench.state["outputs"]["token"]["value"]["inner"][0]
    assert redact.redact(value) == redact.BLOT
    holding = {each.name for each in tmp_path.rglob("*") if each.is_file() and value.encode() in each.read_bytes()}
    assert holding == {"terraform.tfstate"}
    bench.engine.destroy(job)
    assert not [each for each in tmp_path.rglob("*") if each.is_file() and value.encode() in each.read_bytes()]


def test_what_is_known_to_be_secret_is_in_no_log_and_no_error(bench: Bench, tmp_path: Path) -> None:
    redact.register("hunter2-hunter2")
    leak = """
    resource "terraform_data" "leak" {
      provisioner "local-exec" {
        command = "echo cannot log in with hunter2-$(echo hunter2) >&2; exit 1"
      }
    }
    """
    job = bench.prepared(HEAD + dedent(leak))
    with pytest.raises(EngineError) as failure:
        bench.engine.deploy(job)
    assert "hunter2-hunter2" not in str(failure.value) + "".join(failure.value.diagnostics)
    assert not [each for each in tmp_path.rglob("*") if each.is_file() and b"hunter2-hunter2" in each.read_bytes()]
