"""Entries of clouds.yaml → connections.

openstacksdk finds the user's own clouds.yaml as always. In addition, every ``*.yaml`` in the clouds folder
(``$INTEROP_CLOUDS_DIR``, by default ``~/.cache/interop/clouds.d``) is an ordinary clouds.yaml. An entry may have a section
``interop``, which openstacksdk ignores: ``netns``, the network namespace from which the cloud can be reached, ``carries``,
how many cells it bears at the same time, and ``participant``, how a report names it where the scenario does not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from keystoneauth1 import exceptions as keystone
from openstack.config import OpenStackConfig, loader
from openstack.config.cloud_region import CloudRegion
from openstack.connection import Connection
from openstack.exceptions import SDKException
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import harness
from harness import redact
from harness.clouds.files import STUMBLES, first_line, of_the_environment, sections, what_is_wrong
from harness.clouds.shape import refuse_malformed
from harness.clouds.sorting import at_the_bottom
from harness.errors import CloudConfigError, FileError
from harness.manifest.scenario import Participant

SECURE_FILE = "OS_CLIENT_SECURE_FILE"
"""The variable that names a file with what of clouds.yaml is secret; it comes before the places where openstacksdk looks for one."""

API_TIMEOUT_S = 60
"""How long one request may take when the entry sets no ``api_timeout``; openstacksdk's own default is for ever."""

RETRIES = 3
"""How often openstacksdk repeats a request that was answered 503 when the entry sets no ``status_code_retries``."""


class InteropSection(BaseModel):
    """The section ``interop`` of a clouds.yaml entry."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    netns: str | None = None
    carries: int | None = Field(default=None, ge=1)
    participant: Participant = Participant()


@dataclass(frozen=True)
class CloudEntry:
    """One entry: its name, the file that has it (``None``: a file of secrets alone has), and its ``interop`` section."""

    name: str
    config_file: Path | None
    netns: str | None = None
    carries: int | None = None
    participant: Participant = field(default_factory=Participant)


def entries() -> dict[str, CloudEntry]:
    """Every cloud that is configured, by name.

    Raises:
        FileError: a clouds file is not YAML or not a clouds.yaml, or an entry is malformed.
        CloudConfigError: two files have an entry of the same name.
    """
    return {name: _entry(name, file, section) for name, (file, section) in sections().items()}


def entry(name: str) -> CloudEntry:
    """The entry called ``name``; what is wrong with another entry is no matter here.

    Raises:
        FileError: a clouds file is not YAML or not a clouds.yaml, or the entry is malformed.
        CloudConfigError: there is no such entry (says which there are), or there are two; or the ``OS_…`` variables alone tell of it.
    """
    known = sections()
    if name in known:
        return _entry(name, *known[name])
    if name == of_the_environment():
        raise CloudConfigError(
            f"cloud {name}: only OS_… variables tell of it, and what deploys a workload is handed none of those: they hold secrets",
            mend="write it into clouds.yaml under a name of its own, and unset the variables",
        )
    names = sorted(map(str, known))
    there = f"configured clouds: {', '.join(names)}" if names else "no cloud is configured"
    close = get_close_matches(name, names, n=1)
    mend = f"did you mean {close[0]}?" if close else "name one of them, or add it to clouds.yaml"
    raise CloudConfigError(f"cloud {name}: no such entry in clouds.yaml; {there}", mend=mend)


def connect(cloud: CloudEntry, global_request_id: str = "") -> Connection:
    """A connection, not yet used. Its secrets are known to :mod:`harness.redact` from here on.

    ``global_request_id`` (``req-`` and a UUID) goes with every request, so that a vendor can find them all in its logs.

    Raises:
        CloudConfigError: the entry has no credentials, or they contradict each other; openstacksdk can make nothing of a value in it; or
            its vendor profile is an address that does not answer.
    """
    with _told_as_ours(cloud):
        region = _region(cloud)
        for key, value in (("api_timeout", API_TIMEOUT_S), ("status_code_retries", RETRIES)):
            if region.config.get(key) is None:
                region.config[key] = value
        connection = Connection(config=region, global_request_id=global_request_id or None)
    _refuse_incomplete(cloud, region)
    return connection


def region_of(cloud: CloudEntry) -> CloudRegion:
    """What openstacksdk makes of an entry. Its secrets are known to :mod:`harness.redact` from here on.

    Raises:
        CloudConfigError: as :func:`connect`.
    """
    with _told_as_ours(cloud):
        return _region(cloud)


def profile_of(cloud: CloudEntry) -> str:
    """The vendor profile that an entry names; empty where it names none."""
    section = section_of(cloud)
    return str(section.get("profile") or section.get("cloud") or "")  # the key's old name is read, too


def section_of(cloud: CloudEntry) -> dict[str, Any]:
    """An entry as it is written, with what a file of secrets says of it."""
    return dict(_config(cloud).cloud_config["clouds"].get(cloud.name) or {})


def secure_file_of(cloud: CloudEntry) -> Path | None:
    """The file of secrets that openstacksdk reads beside an entry's own; ``None`` where there is none."""
    file = _config(cloud).secure_config_filename
    return Path(file).absolute() if file else None


@contextmanager
def _told_as_ours(cloud: CloudEntry) -> Iterator[None]:
    """What openstacksdk raises in a ``with`` becomes this project's error, which names the entry and the mend."""
    try:
        yield
    except (keystone.AuthPluginException, SDKException) as error:
        raise _no_credentials(cloud, first_line(error)) from error
    except OSError as error:
        raise CloudConfigError(
            f"cloud {cloud.name}: its vendor profile cannot be fetched: {_root(error)}",
            mend=f"correct profile: in {_file(cloud)}, or write what it says into the entry",
        ) from error
    except STUMBLES as error:
        raise CloudConfigError(
            f"cloud {cloud.name}: openstacksdk cannot read its entry: {what_is_wrong(error)}", mend=f"correct the entry in {_file(cloud)}"
        ) from error


def authorize(connection: Connection, cloud: CloudEntry) -> None:
    """Ask the cloud for a token, so that whatever is wrong with the entry shows now and not later.

    Raises:
        CloudConfigError: wrong credentials, an endpoint that does not answer, or a certificate that nobody trusts.
    """
    url = (connection.config.config.get("auth") or {}).get("auth_url", "")
    try:
        redact.register(connection.session.get_token())
    except keystone.Unauthorized as error:
        raise CloudConfigError(
            f"cloud {cloud.name}: {url} refused the credentials", mend=f"correct the user, password or project in {_file(cloud)}"
        ) from error
    except (keystone.ClientException, SDKException) as error:
        if _is_about_trust(error):
            raise CloudConfigError(
                f"cloud {cloud.name}: nobody here trusts the certificate of {url}",
                mend=f"set cacert: in the entry ({_file(cloud)}) to the file of the authority that signed it",
            ) from error
        raise CloudConfigError(
            f"cloud {cloud.name}: no Identity service answers at {url}: {_root(error)}",
            mend=f"correct auth_url in {_file(cloud)}, or start the cloud",
        ) from error
    except OSError as error:
        raise CloudConfigError(f"cloud {cloud.name}: {error}", mend=f"correct cacert:, cert: or key: in {_file(cloud)}") from error


def _is_about_trust(error: BaseException | None) -> bool:
    """Whether a certificate that was not trusted is at the root: keystoneauth wraps it in what it tried next."""
    while error is not None:
        if isinstance(error, keystone.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _refuse_incomplete(cloud: CloudEntry, region: CloudRegion) -> None:
    """A password login without a user or a password fails much later, and with other words."""
    auth = region.config.get("auth") or {}
    if str(region.config.get("auth_type")) not in ("password", "v3password", "v2password"):
        return
    wanted = {"auth_url": ("auth_url",), "username": ("username", "user_id"), "password": ("password",)}
    missing = [name for name, keys in wanted.items() if not any(auth.get(key) for key in keys)]
    if missing:
        raise _no_credentials(cloud, f"{', '.join(missing)} missing")


def opened(name: str, global_request_id: str = "") -> Connection:
    """The cloud ``name``'s connection, with a token already fetched. The caller is where the cloud can be reached."""
    cloud = entry(name)
    connection = connect(cloud, global_request_id)
    authorize(connection, cloud)
    return connection


def _entry(name: str, file: Path | None, section: Any) -> CloudEntry:
    refuse_malformed(file or "clouds.yaml", name, section)
    ours = section.get("interop")
    if ours is None:
        return CloudEntry(name, file)
    try:
        checked = InteropSection.model_validate(ours)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["clouds", name, "interop", *map(str, first["loc"])])
        raise FileError(file or "clouds.yaml", where, first["msg"], mend="the keys are netns, carries and participant") from error
    return CloudEntry(name, file, checked.netns, checked.carries, checked.participant)


def _region(cloud: CloudEntry) -> CloudRegion:
    region = _config(cloud).get_one(cloud=cloud.name)
    redact.register_all(region.config.get("auth") or {})
    return region


def _config(cloud: CloudEntry) -> OpenStackConfig:
    named: dict[str, Any] = {"app_name": "interop-harness", "app_version": harness.__version__}
    if cloud.config_file is not None:
        # the environment's OS_CLIENT_CONFIG_FILE would come before the file that has the entry; its secure file still counts
        secure = [os.environ[SECURE_FILE]] if os.environ.get(SECURE_FILE) else []
        named |= {"config_files": [str(cloud.config_file)], "secure_files": [*secure, *loader.SECURE_FILES], "load_envvars": False}
    return OpenStackConfig(**named)


def _no_credentials(cloud: CloudEntry, why: str) -> CloudConfigError:
    return CloudConfigError(
        f"cloud {cloud.name}: its entry has no usable credentials: {why}",
        mend=f"complete auth: (auth_url, username, password, project_name, the domains) in {_file(cloud)}",
    )


def _file(cloud: CloudEntry) -> str:
    return str(cloud.config_file or "the file of secrets")


def _root(error: Exception) -> str:
    """The reason at the bottom of what keystoneauth tells of its tries."""
    words = first_line(error).partition("Please check that your auth_url is correct. ")
    return at_the_bottom(words[2] or words[0])
