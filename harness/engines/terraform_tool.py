"""Which Terraform there is on this machine, and which builds of the OpenStack provider.

Terraform is whatever stands in PATH as ``terraform``, else as ``tofu`` (OpenTofu), else what ``make provider`` put into the cache:
Terraform as a Python wheel. The provider comes from the mirror that ``make provider`` fills, where there is one, and else from
wherever ``terraform init`` finds it by itself, which is the Terraform registry unless the user's own settings say otherwise.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

PROVIDER = "terraform-provider-openstack/openstack"
"""The OpenStack provider, as every workload names it."""

_NAMES = ("terraform", "tofu")


@dataclass(frozen=True)
class Tool:
    """A program that understands Terraform's language and command line."""

    path: Path

    @property
    def name(self) -> str:
        """``terraform`` or ``tofu``."""
        return self.path.name


def home() -> Path:
    """Where ``make provider`` puts what it makes."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "interop" / "terraform"


def find_tool() -> Tool | None:
    """The first that there is."""
    places = [*(shutil.which(name) for name in _NAMES), shutil.which(home() / "bin" / "terraform")]
    return next((Tool(Path(place)) for place in places if place), None)


def mirror() -> Path:
    """The folder in which Terraform looks for providers before it asks a registry."""
    return home() / "providers"


def mirrored_versions() -> list[str]:
    """Which versions of the provider the mirror has."""
    return sorted({each.parents[1].name for each in mirror().glob(f"*/{PROVIDER}/*/*/*")})


def settings() -> str:
    """The content of a Terraform CLI configuration file by which the mirror, and it alone, gives the provider.

    Providers of others come from where they always do.
    """
    return (
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = "{mirror()}"\n    include = ["{PROVIDER}"]\n  }}\n'
        f'  direct {{\n    exclude = ["{PROVIDER}"]\n  }}\n'
        "}\n"
    )
