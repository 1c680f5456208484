"""Which Terraform there is on this machine, and which builds of the OpenStack provider.

Terraform is whatever stands in PATH as ``terraform``, else as ``tofu`` (OpenTofu), else what ``make provider`` put into the cache:
Terraform as a Python wheel; one that is too old comes after all others. The provider comes from the mirror that ``make provider``
fills, where there is one, and else from wherever ``terraform init`` finds it by itself, which is the Terraform registry unless the
user's own settings say otherwise. Terraform reads one such file: where the mirror is used, the user's own does not count.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROVIDER = "terraform-provider-openstack/openstack"
"""The OpenStack provider, as every workload names it."""

OLDEST = "1.9"
"""The first Terraform that tells of ``init`` in JSON."""

GET_TOOL = f"install Terraform or OpenTofu, {OLDEST} or newer; or run `make provider` in a clone of this project's repository"
"""What to do where there is none, or too old a one."""

GET_PROVIDER = "let this machine reach the Terraform registry; or run `make provider` in a clone of this project's repository"
"""What to do where nobody has the provider."""

SETTINGS = "TF_CLI_CONFIG_FILE"
"""The variable that names the one CLI configuration file that Terraform reads."""

_NAMES = ("terraform", "tofu")
_USUAL_SETTINGS = (".terraformrc", ".tofurc")
_PATIENCE_S = 60


@dataclass(frozen=True)
class Tool:
    """A program that understands Terraform's language and command line. ``version`` is empty where it does not tell."""

    path: Path
    version: str = ""

    @property
    def name(self) -> str:
        """``terraform`` or ``tofu``."""
        return self.path.name

    @property
    def is_too_old(self) -> bool:
        """Whether it is older than :data:`OLDEST`, or tells no version."""
        return _numbers(self.version) < _numbers(OLDEST)

    def __str__(self) -> str:
        return f"{self.path}, version {self.version or 'unknown'}"


def home() -> Path:
    """Where ``make provider`` puts what it makes."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "interop" / "terraform"


def find_tool() -> Tool | None:
    """The first that is new enough; where none is, the first that there is."""
    places = [*(shutil.which(name) for name in _NAMES), shutil.which(home() / "bin" / "terraform")]
    tools = [Tool(Path(place), _version(place)) for place in places if place]
    return min(tools, key=lambda each: each.is_too_old, default=None)


def mirror() -> Path:
    """The folder in which Terraform looks for providers before it asks a registry."""
    return home() / "providers"


def mirrored_versions() -> list[str]:
    """Which versions of the provider the mirror has."""
    return sorted({each.parents[1].name for each in mirror().glob(f"*/{PROVIDER}/*/*/*")})


def settings() -> str:
    """The content of a Terraform CLI configuration file by which the mirror, and it alone, gives the provider.

    Providers of others come from their registry. It stands in place of the user's own file, whose mirrors and hosts are not known then.
    """
    return (
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = "{mirror()}"\n    include = ["{PROVIDER}"]\n  }}\n'
        f'  direct {{\n    exclude = ["{PROVIDER}"]\n  }}\n'
        "}\n"
    )


def settings_of_the_user() -> Path | None:
    """The user's own CLI configuration file, where there is one; of a named one that is not there, Terraform only complains."""
    named = os.environ.get(SETTINGS)
    places = [Path(named).absolute()] if named else [Path.home() / each for each in _USUAL_SETTINGS]
    return next((each for each in places if each.exists()), None)


@cache
def _version(program: str) -> str:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    try:
        done = subprocess.run(
            [program, "version", "-json"],
            cwd="/",  # in a folder of somebody's it would tell of providers, too
            env={**environment, "CHECKPOINT_DISABLE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    try:
        return str(json.loads(done.stdout)["terraform_version"])
    except (ValueError, KeyError, TypeError):
        found = re.search(r"\bv(\d+\.\d+\S*)", done.stdout + done.stderr)  # the oldest know no JSON
        return found[1] if found else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", version)[:2])
