from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from keystoneauth1.exceptions import ClientException

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle, Scene
from harness.manifest import read_workload
from harness.model import CellPlan
from harness.probes.manners import READS, Read, Reply, ask, bottom_of, broke_down, typical_ms

_TIMES = 20
_LIMIT_S = 30
_IDENTITY = "identity"

Evidence = Callable[[str], None]


@check("api-manners.answers", facet="api-manners", subject="cloud", source="API SIG guideline: HTTP response codes, 5xx")
def test_answers(cloud: CloudHandle, plan: CellPlan, observe: Observe, evidence: Evidence) -> None:
    """Each API that the workload uses, and Identity, answers: of twenty plain reads none meets a server error (5xx) or no answer at all.

    It is asked where openstacksdk asks it, at the catalogue's first endpoint, and nothing is repeated. A refusal (4xx) is an answer. This
    comes before everything else, since whatever else is looked at is asked of an API.
    """
    _all_answer(cloud, plan, observe, evidence)


@check(
    "api-manners.keeps-answering",
    facet="api-manners",
    needs=["api-manners.answers"],
    subject="cloud",
    phase="disruptive",
    source="API SIG guideline: HTTP response codes, 5xx",
)
def test_keeps_answering(scene: Scene, cloud: CloudHandle, plan: CellPlan, observe: Observe, evidence: Evidence) -> None:
    """The APIs still answer at the end of the checks, and no request of all the checks had to be repeated because of a server error.

    What is answered 503 openstacksdk repeats in silence, and a cloud that answers so once in twenty would look well: so that is counted.
    Connections that had to be made anew are recorded.
    """
    observe("api-manners.retries", scene.retried.total())
    for reason, number in sorted(scene.retried.items()):
        evidence(f"repeated in silence: {number} × {reason}")
    _all_answer(cloud, plan, observe, evidence)
    errors = {reason: number for reason, number in scene.retried.items() if reason.startswith("answered")}
    expect(
        not errors,
        expected="no request that has to be repeated because of a server error",
        seen=", ".join(f"{number} × {reason}" for reason, number in sorted(errors.items())),
    )


def _all_answer(cloud: CloudHandle, plan: CellPlan, observe: Observe, evidence: Evidence) -> None:
    replies: dict[str, tuple[Reply, ...]] = {}
    wrong: list[tuple[Read, str]] = []
    for service, url in _endpoints(cloud, read_workload(Path(plan.workload_folder)).services).items():
        read = READS[service]
        replies[service] = ask(cloud.sdk.session, read.url(url), _TIMES, _LIMIT_S)
        if any(each.status for each in replies[service]):
            observe(f"api-manners.{service}", typical_ms(replies[service]), "ms")
        problem = _problem(replies[service])
        if problem:
            wrong.append((read, f"{service} at {url}: {problem}"))
            evidence(wrong[-1][1])
    everything = [each for group in replies.values() for each in group]
    observe("api-manners.asked", len(everything))
    observe("api-manners.server-errors", sum(each.is_server_error for each in everything))
    expect(
        not wrong,
        expected="every API answers every time, and with no server error",
        seen="; ".join(words for _, words in wrong),
        next_step=_by_hand(cloud, wrong[0][0]) if wrong else "",
    )


def _endpoints(cloud: CloudHandle, services: Iterable[str]) -> dict[str, str]:
    """Where the services are asked, as far as the catalogue has them; Identity comes first, since the others need its token.

    Raises:
        AssertionError: Identity gives no catalogue.
    """
    config = cloud.sdk.config
    try:
        catalogue = config.get_service_catalog()
    except ClientException as error:
        expect(
            not broke_down(error),
            expected="a catalogue from Identity",
            seen=bottom_of(error),
            next_step=_by_hand(cloud, READS[_IDENTITY]),
        )
        raise
    found = (
        catalogue.get_endpoints_data(interface=config.get_interface(), region_name=config.get_region_name())
        if catalogue is not None
        else {}
    )
    urls = {service: config.get_endpoint(service) or next((str(each.url) for each in found.get(service, ())), "") for service in READS}
    return {service: urls[service] for service in (_IDENTITY, *services) if urls.get(service)}


def _problem(replies: tuple[Reply, ...]) -> str:
    """What was wrong with some of the replies to one service; empty when nothing was."""
    errors = [each for each in replies if each.is_server_error]
    return f"{len(errors)} of {len(replies)} reads failed; the first: {errors[0]}" if errors else ""


def _by_hand(cloud: CloudHandle, read: Read) -> str:
    return f"openstack --os-cloud {cloud.name} --debug {read.command}"
