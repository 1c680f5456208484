"""The files that have clouds: the user's own clouds.yaml, as openstacksdk finds it, and those of the clouds folder."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from openstack.config import OpenStackConfig
from openstack.exceptions import ConfigException

from harness.errors import CloudConfigError, FileError

STUMBLES = (AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What openstacksdk raises at a value of a type that it did not expect."""


def clouds_folder() -> Path:
    """Where clouds are announced beside the user's own clouds.yaml."""
    named = os.environ.get("INTEROP_CLOUDS_DIR")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "interop" / "clouds.d"


def sections() -> dict[str, tuple[Path | None, Any]]:
    """Every entry by name, as it is written, and the file that has it (``None``: a file of secrets alone has).

    Raises:
        FileError: a file of the clouds folder is not YAML or not a clouds.yaml.
        CloudConfigError: the user's own is not, or two files have an entry of the same name.
    """
    found = _users_sections()
    for file in sorted(clouds_folder().glob("*.yaml")):
        for name, section in _read(file).items():
            if name in found and found[name][0]:
                raise CloudConfigError(
                    f"cloud {name} is ambiguous: {found[name][0]} and {file} both have an entry of that name",
                    mend="rename one of them",
                )
            found[name] = (file, section)
    return found


def _users_sections() -> dict[str, tuple[Path | None, Any]]:
    try:
        with _warnings_of("openstack.config") as warnings:
            config = OpenStackConfig()
            written = _written_in(config.config_filename)
    except ConfigException as error:
        raise CloudConfigError(f"clouds.yaml: {first_line(error)}", mend="correct the file") from error
    except STUMBLES as error:
        mend = "correct the file: below `clouds:` are the entries, by name"
        raise CloudConfigError(f"clouds.yaml: openstacksdk cannot read it: {what_is_wrong(error)}", mend=mend) from error
    if warnings:  # openstacksdk goes on without a file that it cannot read
        raise CloudConfigError(f"clouds.yaml: {warnings[0]}", mend="correct or remove the file")
    file = Path(config.config_filename).absolute() if config.config_filename else None
    clouds: dict[str, Any] = {**(config.cloud_config.get("clouds") or {})}
    clouds.pop(str(config.envvar_key), None)  # no file has it: openstacksdk would have refused it
    if clouds == {"defaults": config.defaults}:  # openstacksdk's own, where there is no entry at all
        return {}
    return {name: (file if name in written else None, section) for name, section in clouds.items()}


def of_the_environment() -> str | None:
    """The name of the cloud that openstacksdk makes of the ``OS_…`` variables; ``None`` where there are none of a cloud."""
    config = OpenStackConfig(config_files=[], secure_files=[])
    return config.envvar_key if config.envvar_key in config.cloud_config["clouds"] else None


def _written_in(file: str | None) -> frozenset[str]:
    """The entries of ``file`` itself: openstacksdk adds those of a file of secrets."""
    if file is None:
        return frozenset()
    alone = OpenStackConfig(config_files=[file], secure_files=[], load_envvars=False)
    return frozenset(alone.cloud_config["clouds"] or {})


@contextmanager
def _warnings_of(name: str) -> Iterator[list[str]]:
    """What the logger ``name`` warns of in a ``with``; of YAML that is none, only where: its own words may quote a password."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            arguments = record.args if isinstance(record.args, tuple) else ()
            safe = tuple(what_is_wrong(each) if isinstance(each, Exception) else each for each in arguments)
            heard.append(" ".join((str(record.msg) % safe).split()))

    ear, logger = Ear(logging.WARNING), logging.getLogger(name)
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)


def _read(file: Path) -> dict[str, Any]:
    mend = "correct or remove the file"
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, *STUMBLES) as error:
        raise FileError(file, "", f"not a clouds.yaml: {what_is_wrong(error)}", mend=mend) from error
    clouds = data.get("clouds") if isinstance(data, dict) else None
    if not isinstance(clouds, dict):
        raise FileError(file, "", "not a clouds.yaml: it has no `clouds:` with entries below it, by name", mend=mend)
    return clouds


def what_is_wrong(error: Exception) -> str:
    """What is wrong with a clouds file, without a word of what stands in it."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1} is not YAML"
    if isinstance(error, yaml.YAMLError):
        return "it is not YAML"
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8 text"
    return "a value does not fit its tag or its key" if isinstance(error, ValueError) else first_line(error)


def first_line(error: Exception) -> str:
    """The first line of an error's words; its class where it has none."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
