"""Keystone. Before it serves, it makes the cloud's first users, projects and endpoints with its own managers."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from importlib import import_module
from typing import Any

from . import web
from .home import Home

MODULES = (
    "keystone.server.wsgi",
    "keystone.server.flask.application",
    "keystone.cmd.bootstrap",
    "keystone.identity.backends.sql",
    "keystone.resource.backends.sql",
    "keystone.assignment.backends.sql",
    "keystone.catalog.backends.sql",
    "keystone.credential.backends.sql",
    "keystone.token.providers.fernet",
    "keystone.auth.plugins.password",
    "keystone.auth.plugins.token",
    "keystone.auth.plugins.application_credential",
)


def serve(home: Home) -> None:
    """Seed and serve."""
    os.environ.update(OS_KEYSTONE_CONFIG_DIR=str(home.path / "etc"), OS_KEYSTONE_CONFIG_FILES="keystone.conf")
    home.wait_for_database()
    sower = os.fork()  # Keystone loads its managers once a process, and both the bootstrap and the application load them
    if not sower:
        import_module("keystone.server").configure(config_files=[home.config("keystone.conf")])
        Seed(home.site).sow()
        os._exit(0)
    application = import_module("keystone.server.wsgi").initialize_public_application()
    if os.waitpid(sower, 0)[1]:
        raise RuntimeError("the first users, projects and endpoints could not be made")
    web.serve(application, home.socket("keystone"), "/identity")


class Seed:
    """Users, projects, roles and endpoints that a new cloud needs; what is there already is left alone."""

    def __init__(self, site: dict[str, Any]) -> None:
        self.site = site
        self.providers = import_module("keystone.common.provider_api").ProviderAPIs
        self.conflict = import_module("keystone.exception").Conflict

    def sow(self) -> None:
        """The administrator first, by Keystone's own bootstrap; then services and the member."""
        bootstrap = import_module("keystone.cmd.bootstrap").Bootstrapper()
        bootstrap.admin_username, bootstrap.admin_password = "admin", self.site["passwords"]["admin"]
        bootstrap.project_name, bootstrap.admin_role_name = "admin", "admin"
        bootstrap.region_id, bootstrap.service_name = self.site["region"], "keystone"
        bootstrap.immutable_roles = True
        bootstrap.public_url = bootstrap.internal_url = bootstrap.admin_url = self.site["catalog"]["identity"]
        bootstrap.bootstrap()
        service = self.project("service")
        for name, password in self.site["passwords"]["services"].items():
            user = self.user(name, password)
            for role in (bootstrap.admin_role_id, bootstrap.service_role_id):
                self.grant(user, service, role)
        member = self.user(self.site["member"]["user"], self.site["passwords"]["member"])
        self.grant(member, self.project(self.site["member"]["project"]), bootstrap.member_role_id)
        for kind, url in self.site["catalog"].items():
            if kind != "identity":
                self.endpoints(kind, url)

    def project(self, name: str) -> str:
        """The project's id."""
        resources = self.providers.resource_api
        with suppress(self.conflict):
            made = {"id": uuid.uuid4().hex, "name": name, "domain_id": "default", "enabled": True, "description": ""}
            resources.create_project(made["id"], made)
        return str(resources.get_project_by_name(name, "default")["id"])

    def user(self, name: str, password: str) -> str:
        """The user's id."""
        users = self.providers.identity_api
        with suppress(self.conflict):
            users.create_user({"name": name, "password": password, "domain_id": "default", "enabled": True})
        return str(users.get_user_by_name(name, "default")["id"])

    def grant(self, user: str, project: str, role: str) -> None:
        """Give ``role`` to ``user`` on ``project``."""
        with suppress(self.conflict):
            self.providers.assignment_api.add_role_to_user_and_project(user, project, role)

    def endpoints(self, kind: str, url: str) -> None:
        """A service of ``kind`` in the catalog with its three endpoints."""
        catalog = self.providers.catalog_api
        if any(service["type"] == kind for service in catalog.list_services()):
            return
        service = {"id": uuid.uuid4().hex, "type": kind, "name": self.site["names"][kind], "enabled": True}
        catalog.create_service(service["id"], service)
        for interface in ("public", "internal", "admin"):
            endpoint = {
                "id": uuid.uuid4().hex,
                "interface": interface,
                "url": url,
                "service_id": service["id"],
                "region_id": self.site["region"],
                "enabled": True,
            }
            catalog.create_endpoint(endpoint["id"], endpoint)
