"""How servers get a network, and how they are reached from outside: decided from what a cloud's APIs show.

openstacksdk's own means come first: ``floating_ip_source`` and ``requires_floating_ip`` (also from vendor profiles), the networks that
its configuration calls external, the NAT destination. Then the networks' own flags, and what the project is permitted to make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from openstack.exceptions import SDKException
from openstack.network.v2.network import Network

from harness.clouds.echo import answers
from harness.clouds.permissions import Permission
from harness.clouds.survey import Survey
from harness.errors import CloudConfigError


@dataclass(frozen=True)
class Reach:
    """How a deployment is connected on one cloud.

    ``model`` is ``floating``, ``direct`` or ``none``; ``network`` is the one to use, ``None`` where the payload makes one;
    ``external`` is where routers and floating addresses come from. Each of the three says why. ``no_floating`` is why there are no
    floating addresses, empty where there are; ``stranded``: no network is there, and none may be made.
    """

    model: str
    model_evidence: str
    network: Network | None
    network_evidence: str
    external: Network | None
    external_evidence: str
    no_floating: str = ""
    stranded: bool = False


def reach(survey: Survey) -> Reach:
    """Decide for the cloud of ``survey``.

    Raises:
        CloudConfigError: the cloud's entry names a network that the cloud does not have.
    """
    external, external_evidence = _external(survey)
    no_floating = _why_no_floating(survey, external)
    open_network, open_evidence = _directly_reachable(survey) if no_floating else (None, "")
    if open_network is not None:
        model, evidence = "direct", _direct_words(open_evidence, no_floating)
        return Reach(model, evidence, open_network, open_evidence, external, external_evidence, no_floating)
    model, evidence = "none", _none_words(no_floating)
    if not no_floating:
        model, evidence = "floating", f"floating: `{_name(external)}` gives floating addresses; {survey.permissions['floating'].evidence}"
    network, network_evidence = _own_network(survey)
    stranded = network is None and not may_make_own(survey).allowed
    return Reach(model, evidence, network, network_evidence, external, external_evidence, no_floating, stranded)


def standing_on(survey: Survey, found: Reach, network: Network | None, evidence: str) -> Reach:
    """What becomes of ``found`` where an overlay puts the servers on ``network``, or has one made for them (``None``)."""
    outward = _outward(survey, network, floating=not found.no_floating) if network else ""
    model, model_evidence = found.model, found.model_evidence
    if network and outward:
        why = f"the network `{_name(network)}` is {outward}{_gateway_words(survey, network)}"
        model, model_evidence = "direct", _direct_words(why, found.no_floating)
    elif found.no_floating:
        model, model_evidence = "none", _none_words(found.no_floating)
    stranded = found.stranded and network is None
    return replace(found, model=model, model_evidence=model_evidence, network=network, network_evidence=evidence, stranded=stranded)


def may_make_own(survey: Survey) -> Permission:
    """Whether the project may make a network and a router: one without the other is of no use."""
    network, router = survey.permissions["network"], survey.permissions["router"]
    if not network.allowed:
        return Permission(allowed=False, evidence=f"own networks: {network.evidence}")
    if not router.allowed:
        return Permission(allowed=False, evidence=f"own routers: {router.evidence}")
    return Permission(allowed=True, evidence=f"own networks and routers: {network.evidence}")


def _external(survey: Survey) -> tuple[Network | None, str]:
    found = _configured(survey, survey.connection.get_external_ipv4_floating_networks)
    if not found:
        return None, "no network is marked router:external"
    chosen = min(found, key=lambda each: (each.name or "", each.id))
    others = f"; also {', '.join(sorted(_name(each) for each in found if each.id != chosen.id))}" if len(found) > 1 else ""
    return chosen, f"`{_name(chosen)}` is marked router:external{others}"


def _why_no_floating(survey: Survey, external: Network | None) -> str:
    """Why there are no floating addresses, in words; empty when there are."""
    config = survey.connection.config.config
    if str(config.get("floating_ip_source")).lower() == "none":
        return "the cloud's entry or vendor profile says floating_ip_source: none"
    if config.get("requires_floating_ip") is False:
        return "the cloud's entry or vendor profile says requires_floating_ip: false"
    permission = survey.permissions["floating"]
    if not permission.allowed:
        return permission.evidence
    if external is None:
        return "no network is marked router:external"
    return ""


def _directly_reachable(survey: Survey) -> tuple[Network | None, str]:
    """A network on which a server's own address is reached from outside where none is floating, and why it is thought so."""
    usable = {each.id: _outward(survey, each, floating=False) for each in survey.networks if _usable(survey, each)}
    for network in survey.networks:
        if usable.get(network.id) == "external":
            return network, f"the network `{_name(network)}` is external and open to this project{_gateway_words(survey, network)}"
    shared = [each for each in survey.networks if usable.get(each.id) == "shared"]
    if shared:
        network = min(shared, key=lambda each: (each.name or "", each.id))
        return network, f"the network `{_name(network)}` is shared{_gateway_words(survey, network)}"
    return None, ""


def _outward(survey: Survey, network: Network, *, floating: bool) -> str:
    """``external`` or ``shared`` where that lets servers on ``network`` be reached at their own addresses, else empty."""
    named = _configured(survey, survey.connection.get_external_ipv4_networks)
    # openstacksdk takes whatever stands on a physical network for external, of which only an administrator is told
    guessed = floating and network.provider_physical_network and not network.is_router_external
    if any(each.id == network.id for each in named) and not guessed:
        return "external"
    return "shared" if network.is_shared and not floating else ""


def _direct_words(why: str, no_floating: str) -> str:
    return f"direct: {why}; no floating addresses: {no_floating}" if no_floating else f"direct: {why}"


def _none_words(no_floating: str) -> str:
    return f"none: no floating addresses ({no_floating}), and no network that is known to be reachable from outside"


def _own_network(survey: Survey) -> tuple[Network | None, str]:
    """The network for servers that are not reached directly: one of the run's own, else one that is there."""
    permission = may_make_own(survey)
    if permission.allowed:
        return None, f"made by the run; {permission.evidence}"
    destination = _configured(survey, lambda: [survey.connection.get_nat_destination()])  # type: ignore[no-untyped-call]
    candidates = [each for each in destination if _usable(survey, each)]
    candidates += [each for each in survey.networks if _usable(survey, each) and not each.is_router_external]
    if candidates:
        return candidates[0], f"the network `{_name(candidates[0])}` is there; {permission.evidence}"
    return None, f"none is there; {permission.evidence}"


def _usable(survey: Survey, network: Network) -> bool:
    """Whether the project may put ports on it: its own or a shared one, with a subnet to take addresses from."""
    ours = network.project_id == survey.connection.current_project_id
    return bool((ours or network.is_shared) and network.is_admin_state_up and survey.subnets_of(network))


def _gateway_words(survey: Survey, network: Network) -> str:
    subnets = survey.subnets_of(network)
    if not subnets:  # an external network's are its owner's to see
        return ""
    gateways = [subnet.gateway_ip for subnet in subnets if subnet.gateway_ip]
    if not gateways:
        return ", it has no gateway"
    answered = answers(gateways[0])
    if answered is None:
        return ""
    return f" and its gateway {gateways[0]} {'answers' if answered else 'does not answer'} from here"


def _configured(survey: Survey, look: Callable[[], Iterable[Network | None]]) -> list[Network]:
    """What openstacksdk finds by the entry's configuration and the networks' flags."""
    try:
        return [each for each in look() if each is not None]
    except SDKException as error:
        raise CloudConfigError(
            f"cloud {survey.connection.config.name}: {error}", mend="correct the networks: section of its entry"
        ) from error


def _name(network: Network | None) -> str:
    return (network.name or network.id) if network else ""
