"""The one place where a cloud's errors are sorted into verdicts: by status, message and service catalogue.

An error that is not recognised is a :class:`~harness.errors.HarnessFault`: nothing unforeseen is ever held against a cloud.
"""

from __future__ import annotations

import re

import requests
from keystoneauth1 import exceptions as keystone
from openstack import exceptions as sdk

from harness.errors import Denied, HarnessFault, NoCapacity, QuotaReached, Unsupported, Verdictful

_QUOTA = re.compile(
    r"quota[^.]{0,40}(exceeded|reached|insufficient)|exceed[^.]{0,40}quota|overquota|limit ?exceeded"
    r"|maximum number of [\w ]+ exceeded",
    re.IGNORECASE,
)
_CAPACITY = re.compile(
    r"no valid host|not enough hosts|insufficient (compute )?resources|no more ip addresses|ip ?address ?generation ?failure"
    r"|external ?ip ?address ?exhausted|no available (host|zone)|out of capacity|no weighed backends|no tenant network is available",
    re.IGNORECASE,
)
_POLICY = re.compile(r"disallowed by policy|policy doesn'?t allow|not authorized to perform|access was denied|rule:\w+", re.IGNORECASE)
_NOT_OFFERED = re.compile(
    r"not (be )?supported|not implemented|unsupported|unrecognized attribute|extension [\w' -]*not (found|loaded|enabled)", re.IGNORECASE
)

_STATUS_IN_TEXT = re.compile(
    r"\b(?:HTTP|HttpException|Exception)[^\d\n]{0,20}([45]\d\d)\b|\bHTTP ([45]\d\d)\b"
    r"|\bbut got ([45]\d\d) instead"  # gophercloud's words
)
_SYSTEMS_WORDS = re.compile(r"\[Errno -?\d+\] ([\w ]+)")
_REQUEST_ID = re.compile(r"\breq-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")

# Neutron answers 404 for a whole collection whose extension is not loaded, such as …/v2.0/routers
_COLLECTION = re.compile(r"/(v\d[\d.]*)/(?:[0-9a-f]{32}/)?[a-z][a-z_-]+(?:\?.*)?$")


def sort(error: BaseException) -> Verdictful:
    """The verdict-bearing exception that ``error``, raised by openstacksdk, keystoneauth or requests, stands for.

    A :class:`Verdictful` comes back as it is. The result carries the request id, so that a vendor can find the request.
    """
    if isinstance(error, Verdictful):
        return error
    text = _words(error)
    if isinstance(error, keystone.EndpointNotFound | sdk.EndpointNotFound):
        return Unsupported(f"the service catalogue has no such service: {text}")
    if isinstance(error, sdk.NotSupported | sdk.MethodNotSupported | sdk.ServiceDisabledException):
        return Unsupported(text)
    if isinstance(error, keystone.ConnectionError | keystone.DiscoveryFailure | sdk.ServiceDiscoveryException):
        return HarnessFault(f"the cloud's API could not be reached: {text}")
    if isinstance(error, sdk.HttpException):
        return _by_status(error.status_code, text, error.request_id or "", error.url or "")
    if isinstance(error, keystone.HttpError):
        return _by_status(error.http_status, text, error.request_id or "", error.url or "")
    return sort_text(text)


def verdictful(error: BaseException) -> Verdictful | None:
    """The same; ``None`` when ``error`` came neither from a cloud nor from the way to it."""
    from_a_cloud = isinstance(error, Verdictful | sdk.SDKException | keystone.ClientException | requests.RequestException)
    return sort(error) if from_a_cloud else None


def sort_text(text: str) -> Verdictful:
    """The same for words alone: a server's fault, or what an engine printed of an SDK error."""
    found = _STATUS_IN_TEXT.search(text)
    status = int(found[found.lastindex or 0]) if found else None
    request = _REQUEST_ID.search(text)
    return _by_status(status, text, request[0] if request else "", "")


def at_the_bottom(text: str) -> str:
    """The system's own words in what keystoneauth tells of a connection; all of ``text`` where there are none."""
    found = _SYSTEMS_WORDS.search(text)
    return found[1] if found else text


def _by_status(status: int | None, text: str, request_id: str, url: str) -> Verdictful:
    kind = _kind(status, text, url)
    return kind(text, request_id=request_id)


def _kind(status: int | None, text: str, url: str) -> type[Verdictful]:
    if _QUOTA.search(text):
        return QuotaReached
    if _CAPACITY.search(text) or status == 429:
        return NoCapacity
    if status == 413:
        return QuotaReached
    if status == 403 or (status is None and _POLICY.search(text)):
        return Denied
    if status in (405, 406, 501):
        return Unsupported
    if status == 404 and _COLLECTION.search(url):
        return Unsupported
    if status in (400, None) and _NOT_OFFERED.search(text):
        return Unsupported
    return HarnessFault


def _words(error: BaseException) -> str:
    """What an error says, in one line; its class when it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__
