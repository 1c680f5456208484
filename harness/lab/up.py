"""Bring clouds up: from nothing to APIs that answer and would accept a server; or heal what does not run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from importlib.resources import files
from pathlib import Path

from harness.errors import LabError
from harness.lab import wiring
from harness.lab.access import publish_clouds
from harness.lab.apt import Apt
from harness.lab.bundle import Bundle
from harness.lab.certificates import Authority
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec
from harness.lab.config import render
from harness.lab.config.fronts import PREFIXES
from harness.lab.credentials import fernet_key, write_private
from harness.lab.database import Databases
from harness.lab.egress import end_hung, serve_packages
from harness.lab.guest_image import image_name
from harness.lab.locks import locked
from harness.lab.outside import outside
from harness.lab.prepare import Operator, doing
from harness.lab.services import Service, database_server, services_of
from harness.lab.supervisor import Supervisor

__all__ = ["authority_of", "up"]

START_LIMIT_S = 240
FRONT = "nginx"
"""The service that stands before every API: whether those behind it answer cannot be seen while it does not."""

Say = Callable[[str], None]


def up(bundle: Bundle, specs: Sequence[CloudSpec], *, say: Say = lambda _: None) -> Path:
    """Bring up clouds, and return the clouds.yaml that leads to all of the lab's.

    What runs and answers already is left alone. Raises LabError when a part does not come up.
    """
    with locked(bundle.paths.folder.parent / f"{bundle.name}.up.lock"):  # a second one waits, and then finds everything done
        bundle.up()
        if end_hung(bundle):
            say("shared: packages does not answer: ended, to be started again")
        lab = _Lab(bundle, specs, say)
        lab.write_down()
        if lab.everything_answers():
            say("everything answers")
        else:
            lab.start()
        lab.serve_packages()
        return publish_clouds(bundle, Cloud.all_of(bundle), lab.authority.certificate_file)


def authority_of(bundle: Bundle) -> Authority:
    """The private authority of all labs in one cache folder."""
    return Authority(bundle.paths.cache.home / "ca")


class _Lab:
    """One ``up``."""

    def __init__(self, bundle: Bundle, specs: Sequence[CloudSpec], say: Say) -> None:
        self.bundle = bundle
        self.say = say
        self.clouds = [Cloud(bundle, spec) for spec in specs]
        self.authority = authority_of(bundle)
        self.supervisor = Supervisor(bundle, self.authority.certificate_file)
        self.databases = Databases(bundle)
        self.package_hosts = [host.partition(":")[0] for host in Apt.read().hosts]

    # ---- files

    def write_down(self) -> None:
        """Code, certificates, configuration and keys."""
        self._copy_code()
        (self.bundle.lab / "ca").mkdir(exist_ok=True)
        shutil.copy(self.authority.certificate_file, self.bundle.lab / "ca/ca.pem")
        for cloud in self.clouds:
            self._write_down(cloud)

    def _copy_code(self) -> None:
        for package, folder in (("harness.lab.inside", "inside"), ("labvirt", "labvirt")):
            source = Path(str(files(package)))
            shutil.copytree(source, self.bundle.lab / "py" / folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))

    def _write_down(self, cloud: Cloud) -> None:
        etc = cloud.folder / "etc"
        if (cloud.folder / "run/prepared").exists() and not cloud.spec.is_as_in((etc / "spec.json").read_text(encoding="utf-8")):
            mend = "run `interop lab down`, then `interop lab up`"
            raise LabError(f"{cloud.name} was brought up as its file said before, which is another cloud than it says now", mend=mend)
        cloud.make_folders()
        texts = render(cloud.site, self.package_hosts)
        for name, text in {**texts, "site.json": cloud.description(), "spec.json": cloud.spec.model_dump_json()}.items():
            write_private(etc / name, text)
        paste = self.bundle.inside(f"{cloud.site.venv}/etc/nova/api-paste.ini")
        shutil.copy(paste, etc / "nova-api-paste.ini")
        for key in (etc / repository / number for repository in ("fernet", "credential") for number in ("0", "1")):
            if not key.exists():
                write_private(key, fernet_key())
        if cloud.spec.tls and not (etc / "tls.key").exists():
            self.authority.issue(f"api.{cloud.name}.lab", cloud.spec.api_address, etc / "tls.pem", etc / "tls.key")

    # ---- services

    def services(self) -> list[Service]:
        """All that this ``up`` is about."""
        return [database_server(self.bundle), *(service for cloud in self.clouds for service in services_of(cloud))]

    def everything_answers(self) -> bool:
        """Whether there is nothing to do; what runs but does not answer is ended, so that it is started again."""
        problems = self.supervisor.problems(self.services())
        for service in self.services():
            problem = problems.get((service.owner, service.name), "")
            behind_what_is_broken = service.name in PREFIXES and (service.owner, FRONT) in problems
            if problem not in ("", "not running") and not behind_what_is_broken:
                self.say(f"{service.owner}: {service.name} {problem}: ended, to be started again")
                self.supervisor.kill(service)
        return not problems and all((cloud.folder / "run/prepared").exists() for cloud in self.clouds)

    def start(self) -> None:
        """Start what does not run. Importing takes the processors' time, so the rest is done meanwhile."""
        self._start_database()
        for release in {cloud.spec.release for cloud in self.clouds}:
            self.databases.template(release, self.say)
        for cloud in self.clouds:
            self._wire(cloud)
        self._launch()
        with ThreadPoolExecutor() as pool:
            tasks = [pool.submit(self._bring_up, cloud) for cloud in self.clouds]
            try:
                _finish(tasks)
            except BaseException:
                self.supervisor.given_up.set()
                raise

    def _start_database(self) -> None:
        server = database_server(self.bundle)
        if not self.supervisor.pid(server):
            self.databases.prepare_server()
            self.supervisor.start([server])
        self.supervisor.wait([server], START_LIMIT_S, self.say)

    def _wire(self, cloud: Cloud) -> None:
        wiring.make_namespace(cloud)
        wiring.make_databases(cloud)

    def _launch(self) -> None:
        """Launch the Python services that do not run, release by release."""
        missing = [(cloud, service) for cloud in self.clouds for service in services_of(cloud) if service.is_python]
        missing = [(cloud, service) for cloud, service in missing if not self.supervisor.pid(service)]
        for release in {cloud.spec.release for cloud, _ in missing}:
            self.supervisor.launch([service for cloud, service in missing if cloud.spec.release == release], release)

    def _bring_up(self, cloud: Cloud) -> None:
        """One cloud: its database and switch while its services are imported, then what an operator does."""
        with ThreadPoolExecutor() as pool:
            load = pool.submit(self.databases.load, cloud, self.say)
            self._start_switch(cloud)
            load.result()
        outside(self.bundle.netns(), lambda: self._prepare(cloud))
        self.say(f"{cloud.name}: up at {cloud.spec.url}")

    def _start_switch(self, cloud: Cloud) -> None:
        programs = [service for service in services_of(cloud) if not service.is_python and not self.supervisor.pid(service)]
        by_name = {service.name: service for service in programs}
        if "ovsdb-server" in by_name:
            self.supervisor.start([by_name["ovsdb-server"]])
            self.supervisor.wait([by_name["ovsdb-server"]], START_LIMIT_S)
        wiring.set_up_switch(cloud)
        wiring.connect_outside(cloud)
        rest = [service for service in programs if service.name != "ovsdb-server"]
        self.supervisor.start(rest)
        self.supervisor.wait([service for service in rest if service.probe], START_LIMIT_S, self.say)
        serve_packages(self.bundle, str(cloud.spec.gateway))

    def serve_packages(self) -> None:
        """To the servers of every cloud that is up, whichever this ``up`` is about: a proxy that ended served them all."""
        for cloud in Cloud.all_of(self.bundle):
            if self.bundle.run(["ip", "link", "show", wiring.outer_interface(cloud)], check=False).returncode == 0:
                serve_packages(self.bundle, str(cloud.spec.gateway))

    def _prepare(self, cloud: Cloud) -> None:
        """As an operator, each step as soon as the services that it needs answer."""
        services = {service.name: service for service in services_of(cloud)}
        image = self.bundle.paths.cache.images / f"{image_name(cloud.spec.image.build)}.qcow2"
        operator: Operator | None = None
        steps: list[tuple[Sequence[str], str, Callable[[Operator], None]]] = [
            ((FRONT, "keystone", "glance"), "offering the image", lambda operator: operator.offer_image(image)),
            (("neutron",), "offering the network", lambda operator: operator.offer_network()),
            (("placement", "nova"), "offering the flavors", lambda operator: operator.offer_flavors()),
            ((), "waiting for the hypervisor", lambda operator: operator.await_hypervisor()),
            ((), "having the image fetched", lambda operator: operator.cache_image()),
        ]
        for needed, what, step in steps:
            self.supervisor.wait([services[name] for name in needed], START_LIMIT_S, self.say)
            with doing(cloud.name, what):
                operator = operator or Operator(cloud, self.authority.certificate_file)
                step(operator)
        self.supervisor.wait(list(services.values()), START_LIMIT_S)
        (cloud.folder / "run/prepared").touch()


def _finish(tasks: Sequence[Future[None]]) -> None:
    """Wait for all tasks, but not for the others when one failed; raise its error."""
    done, _ = wait(tasks, return_when=FIRST_EXCEPTION)
    for task in done:
        task.result()
