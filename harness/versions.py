"""Which versions of what took part: recorded in the round's journal."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import harness

_DISTRIBUTIONS = (
    "openstacksdk",
    "keystoneauth1",
    "ansible",
    "ansible-core",
    "ansible-runner",
    "python-terraform",
    "pytest",
    "pytest-testinfra",
)
_COLLECTION = "ansible_collections/openstack/cloud/MANIFEST.json"


def versions() -> dict[str, str]:
    """Version by name, of the harness, its Python, and the tools that deploy and check."""
    found = {"interop-harness": harness.__version__, "python": platform.python_version()}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    collection = _collection_version()
    return found | ({"openstack.cloud": collection} if collection else {})


def _collection_version() -> str:
    """The version of the collection ``openstack.cloud`` that PyPI's ``ansible`` carries."""
    try:
        manifest = Path(str(distribution("ansible").locate_file(_COLLECTION)))
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    except (PackageNotFoundError, OSError, ValueError, KeyError):
        return ""
