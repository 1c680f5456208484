"""MariaDB for all clouds, and templates: the empty databases of a release, made once and loaded from then on."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec
from harness.lab.config import render
from harness.lab.config.common import DATABASE_SOCKET, DATABASES, Site
from harness.lab.config.fronts import mariadb
from harness.lab.credentials import write_private
from harness.lab.locks import locked
from harness.lab.release import locked as requirements

__all__ = ["Databases"]

CELL = "{scheme}://{username}:{password}@{hostname}/{path}"
"""A cell's database as Nova's template of its own ``[database] connection``: so one dump fits every cloud."""

Say = Callable[[str], None]


class Databases:
    """The databases of the lab's clouds; the server must answer for all but ``prepare_server``."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.server_folder = bundle.lab / "mariadb"

    def prepare_server(self) -> None:
        """The server's folder with its configuration and system tables; does nothing twice."""
        write_private(self.server_folder / "etc/my.cnf", mariadb())
        done, pristine, data = self.server_folder / "prepared", self._templates / "server", self.server_folder / "data"
        if done.exists():
            return
        shutil.rmtree(data, ignore_errors=True)
        with self._making():
            if not pristine.exists():
                install = ["mariadb-install-db", "--defaults-file=/lab/mariadb/etc/my.cnf", "--skip-test-db"]
                self.bundle.run([*install, "--auth-root-authentication-method=socket"], timeout=120)
                shutil.rmtree(self._fresh(pristine), ignore_errors=True)
                shutil.copytree(data, self._fresh(pristine))
                self._fresh(pristine).rename(pristine)
        shutil.copytree(pristine, data, dirs_exist_ok=True)
        done.touch()

    def load(self, cloud: Cloud, say: Say) -> None:
        """Make a cloud's databases and its own user, and fill them from the template; does nothing twice."""
        loaded = cloud.folder / "run/databases.loaded"
        if loaded.exists():
            return
        template = self.template(cloud.spec.release, say)
        self._make_databases(cloud.name, cloud.credentials.database)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda name: self._load_dump(cloud.name, name, template / f"{name}.sql"), DATABASES))
        loaded.touch()

    def template(self, release: str, say: Say) -> Path:
        """Folder of one SQL dump a database, made on first use of a release."""
        folder = self._templates / f"{release}-{hashlib.sha256(requirements(release).encode()).hexdigest()[:12]}"
        with self._making():
            if not folder.exists():
                self._make_template(release, folder, say)
        return folder

    def _making(self) -> AbstractContextManager[None]:
        """No other lab makes templates meanwhile."""
        return locked(self._templates / "lock")

    @property
    def _templates(self) -> Path:
        return self.bundle.paths.cache.home / "templates"

    @staticmethod
    def _fresh(path: Path) -> Path:
        """Where something is made that shall stand at ``path`` when it is whole."""
        return path.with_name(f".{path.name}.new")

    def _make_databases(self, prefix: str, password: str) -> None:
        self._drop(prefix)
        made = "".join(f"CREATE DATABASE `{prefix}_{name}`;\n" for name in DATABASES)
        user = f"CREATE USER '{prefix}'@'localhost' IDENTIFIED BY '{password}';\n"
        self._sql(made + user + f"GRANT ALL ON `{prefix}\\_%`.* TO '{prefix}'@'localhost';\n")

    def _load_dump(self, prefix: str, name: str, dump: Path) -> None:
        self.bundle.run(["mariadb", f"--socket={DATABASE_SOCKET}", f"{prefix}_{name}"], stdin=dump.read_text(encoding="utf-8"), timeout=300)

    def _sql(self, statements: str) -> None:
        self.bundle.run(["mariadb", f"--socket={DATABASE_SOCKET}"], stdin=statements, timeout=120)

    def _make_template(self, release: str, folder: Path, say: Say) -> None:
        """Let each service of the release make its tables, with its own command, and dump them."""
        spec = _nobodys_cloud(release)
        cloud = Cloud(self.bundle, spec)
        cloud.make_folders()
        for name, text in render(Site(spec, cloud.credentials), ()).items():
            write_private(cloud.folder / "etc" / name, text)
        self._make_databases(spec.name, cloud.credentials.database)
        fresh = self._fresh(folder)
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        say(f"making the database template of {release}: once, about a minute")
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(lambda chain: self._chain(cloud, chain, say), _schema_commands(cloud)))
        for name in DATABASES:
            dump = ["mariadb-dump", f"--socket={DATABASE_SOCKET}", "--skip-comments", "--skip-dump-date", f"{spec.name}_{name}"]
            (fresh / f"{name}.sql").write_text(self.bundle.run(dump, timeout=120).stdout, encoding="utf-8")
        self._drop(spec.name)
        shutil.rmtree(cloud.folder)
        fresh.rename(folder)

    def _chain(self, cloud: Cloud, commands: list[list[str]], say: Say) -> None:
        for command in commands:
            say(f"template: {' '.join(command[:1] + command[3:5])}")
            self.bundle.run([f"{cloud.site.venv}/bin/{command[0]}", *command[1:]], env={"PYTHONWARNINGS": "ignore"}, timeout=600)

    def _drop(self, prefix: str) -> None:
        self._sql(
            "".join(f"DROP DATABASE IF EXISTS `{prefix}_{name}`;\n" for name in DATABASES)
            + f"DROP USER IF EXISTS '{prefix}'@'localhost';\n"
        )


def _schema_commands(cloud: Cloud) -> list[list[list[str]]]:
    """Chains of commands; the chains are independent of each other."""
    etc = f"{cloud.home}/etc"

    def command(program: str, config: str, *arguments: str) -> list[str]:
        return [program, "--config-file", f"{etc}/{config}", *arguments]

    nova = ("nova-manage", "nova.conf")
    cell0 = f"--database_connection={CELL}_cell0?{{query}}"
    cell1 = f"--database_connection={CELL}?{{query}}"
    return [
        [command("neutron-db-manage", "neutron.conf", "upgrade", "heads")],
        [
            command(*nova, "api_db", "sync"),
            command(*nova, "cell_v2", "map_cell0", cell0),
            command(*nova, "cell_v2", "create_cell", "--name=cell1", cell1, "--transport-url=fake://"),
            command(*nova, "db", "sync"),
        ],
        [command("keystone-manage", "keystone.conf", "db_sync")],
        [command("glance-manage", "glance-api.conf", "db_sync")],
        [command("placement-manage", "placement.conf", "db", "sync")],
    ]


def _nobodys_cloud(release: str) -> CloudSpec:
    """A cloud that never serves: its configuration is what the commands that make tables read."""
    return CloudSpec.model_validate(
        {
            "name": "template",
            "title": "template",
            "release": release,
            "region": "none",
            "outside": "192.0.2.0/24",
            "networks": {"kind": "project", "name": "none"},
            "initialisation": "metadata-service",
            "member": {"user": "nobody", "project": "nobody"},
            "image": {"name": "none"},
            "flavors": [{"name": "none", "vcpus": 1, "ram_mb": 128, "disk_gb": 2}],
        }
    )
