"""Is an entry of clouds.yaml what openstacksdk can read? It takes any YAML, and stumbles much later, without a word of the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import FileError

_TEXTS = frozenset(
    {
        *("auth_type", "auth_url", "cacert", "cert", "cloud", "key", "profile", "region_name"),
        *("username", "user_id", "password", "passcode", "token", "system_scope", "trust_id"),
        *("application_credential_id", "application_credential_name", "application_credential_secret"),
        *("project_id", "project_name", "tenant_id", "tenant_name", "domain_id", "domain_name", "default_domain_id", "default_domain_name"),
        *("user_domain_id", "user_domain_name", "project_domain_id", "project_domain_name"),
    }
)
"""Keys that hold a text. Each of the credentials may also stand beside ``auth``."""

_NUMBERS = frozenset({"api_timeout", "connect_retries", "status_code_retries"})


def refuse_malformed(file: Path | str, name: Any, section: Any) -> None:
    """Look at the entry ``name`` as it is written in ``file``. No value is shown: it may be a secret.

    Raises:
        FileError: it or its ``auth`` is no mapping, or a value is none of the kind that its key holds; names the key.
    """
    if not isinstance(name, str):
        raise FileError(file, f"clouds.{name}", f"a cloud's name should be a text; it is {_word(name)}", mend="put it in quotes")
    _refuse_no_mapping(file, ("clouds", name), section, "write the cloud's keys (auth, region_name …) below its name")
    if "auth" in section:
        place = ("clouds", name, "auth")
        _refuse_no_mapping(file, place, section["auth"], "write auth_url, username, password, project_name and the domains below it")
        _refuse_wrong_kinds(file, place, section["auth"])
    _refuse_wrong_kinds(file, ("clouds", name), section)


def _refuse_no_mapping(file: Path | str, place: tuple[str, ...], value: Any, mend: str) -> None:
    if not isinstance(value, Mapping):
        raise FileError(file, ".".join(place), f"should be a mapping of keys to values; it is {_word(value)}", mend=mend)


def _refuse_wrong_kinds(file: Path | str, place: tuple[str, ...], mapping: Mapping[Any, Any]) -> None:
    for key, value in mapping.items():
        where = ".".join([*place, str(key)])
        if not isinstance(key, str):
            raise FileError(file, where, f"a key should be a text; it is {_word(key)}", mend="put it in quotes, or take it out")
        if key in _TEXTS and not isinstance(value, str | None):
            mend = "put it in quotes" if isinstance(value, int | float) else "correct the value"
            raise FileError(file, where, f"should be a text; it is {_word(value)}", mend=mend)
        if key in _NUMBERS and not _is_number(value):
            raise FileError(file, where, f"should be a number; it is {_word(value)}", mend="correct the value")


def _is_number(value: Any) -> bool:
    """Whether openstacksdk can use it as a number: one in quotes is one, nothing at all is its default."""
    try:
        float(0 if value is None else value)
    except (TypeError, ValueError):
        return False
    return True


def _word(value: Any) -> str:
    """What YAML made of a value."""
    words = {
        type(None): "empty",
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "a mapping",
    }
    return words.get(type(value), "something else")
