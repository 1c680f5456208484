"""Discovery: from a cloud's name alone to facts, each with its evidence, and to the inputs that a workload needs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from openstack.connection import Connection

from harness.clouds.reach import may_make_own
from harness.clouds.scene import Choice, Scene
from harness.clouds.survey import Survey
from harness.errors import CloudConfigError, Unsupported, UsageError
from harness.manifest.workload import BooleanInput, InputSpec, IntegerInput, StringInput, Workload
from harness.model import Facts, Input, Json

_FIRST = ("image", "flavor", "network", "address", "external-network")
"""What other inputs depend on comes first: a flavor must bear the image, a login user belongs to it; how servers are reached, where that
comes from and whether they get a config drive follows from their network."""


def discover(connection: Connection, workload: Workload, settings: Mapping[str, Json]) -> tuple[Facts, Scene]:
    """What the cloud offers, and every input of ``workload`` resolved on it; ``settings`` are the overlay's.

    Raises:
        UsageError: nothing fits an input; says what was looked for and what there is.
        CloudConfigError: there is no network for servers.
        Unsupported: the cloud has no service of a kind that the workload needs.
        openstack.exceptions.SDKException: the cloud's APIs could not be read.
    """
    survey = Survey(connection)
    _refuse_missing_services(survey, workload)
    survey.prefetch()
    scene = Scene(survey)
    ordered = sorted(workload.inputs.items(), key=lambda each: _FIRST.index(each[1].kind) if each[1].kind in _FIRST else len(_FIRST))
    resolved = {name: resolve(name, spec, settings, scene) for name, spec in ordered}
    own = may_make_own(survey)
    if scene.reach.stranded:
        raise CloudConfigError(
            f"cloud {connection.config.name}: no network for servers: the project has none, none is shared; {own.evidence}",
            mend="have a network made for the project, or set `network` in an overlay",
        )
    facts = Facts(
        cloud=connection.config.name or "",
        region=connection.config.get_region_name() or "",
        project=connection.current_project_id or "",
        services=survey.services,
        address_model=scene.reach.model,
        address_evidence=scene.reach.model_evidence,
        networks="made" if own.allowed else "shared",
        networks_evidence=own.evidence,
        inputs=tuple(resolved[name] for name in workload.inputs),
    )
    return facts, scene


def resolve(name: str, spec: InputSpec, settings: Mapping[str, Json], scene: Scene) -> Input:
    """One input: as the overlay set it, or as found, or as the manifest has it."""
    if isinstance(spec, IntegerInput | StringInput | BooleanInput):
        if name in settings:
            return Input(name, spec.kind, settings[name], "set", "set by the overlay")
        return Input(name, spec.kind, spec.default, "default", "the manifest's default")
    kind: Any = import_module(f"harness.clouds.kinds.{spec.kind.replace('-', '_')}")
    try:
        choice: Choice = kind.take(settings[name], scene) if name in settings else kind.find(spec, scene)
    except CloudConfigError:
        raise
    except UsageError as error:
        raise UsageError(f"cloud {scene.survey.connection.config.name}: input {name}: {error.message}", mend=error.mend) from error
    return Input(name, spec.kind, choice.value, "set" if name in settings else "found", choice.evidence, choice.detail)


def _refuse_missing_services(survey: Survey, workload: Workload) -> None:
    missing = [each for each in workload.services if not survey.connection.has_service(each) or not survey.connection.endpoint_for(each)]
    if missing:
        there = ", ".join(survey.services)
        raise Unsupported(f"the cloud has no service of type {', '.join(missing)}, which the workload needs; its catalogue has {there}")
