from pathlib import Path

import pytest
import requests
from keystoneauth1 import exceptions as keystone
from openstack import exceptions as sdk

from harness.clouds.sorting import sort, sort_text, verdictful
from harness.errors import Denied, HarnessFault, NoCapacity, QuotaReached, Unsupported, Verdictful

REQUEST = "req-01234567-89ab-cdef-0123-456789abcdef"


def answered(status: int, message: str, url: str = "http://cloud.test/network/v2.0/networks/x") -> sdk.HttpException:
    response = requests.Response()
    response.status_code = status
    response.request = requests.Request("GET", url).prepare()
    response.url = url
    response.headers["x-openstack-request-id"] = REQUEST
    response.headers["content-type"] = "application/json"
    response._content = ('{"error": {"message": "' + message + '"}}').encode()
    with pytest.raises(sdk.HttpException) as caught:
        sdk.raise_from_response(response)
    return caught.value


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (403, "Quota exceeded for cores: Requested 1, but already used 20 of 20 cores", QuotaReached),
        (403, "Quota exceeded, too many key pairs.", QuotaReached),
        (409, "Quota exceeded for resources: ['network'].", QuotaReached),
        (413, "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded", QuotaReached),
        (413, "The request is too large", QuotaReached),
        (409, "No more IP addresses available on network 1234.", NoCapacity),
        (500, "No valid host was found. There are not enough hosts available.", NoCapacity),
        (503, "Unable to create the network. No tenant network is available for allocation.", NoCapacity),
        (429, "Too many requests", NoCapacity),
        (403, "rule:create_network is disallowed by policy", Denied),
        (403, "Policy doesn't allow os_compute_api:servers:create to be performed.", Denied),
        (405, "Method not allowed", Unsupported),
        (501, "Not implemented", Unsupported),
        (406, "Version 2.99 is not supported by the API.", Unsupported),
        (400, "Unrecognized attribute(s) 'qinq'", Unsupported),
        (404, "Network x could not be found.", HarnessFault),
        (409, "Conflict", HarnessFault),
        (500, "Internal error", HarnessFault),
        (503, "Service unavailable", HarnessFault),
        (400, "Invalid input", HarnessFault),
    ],
)
def test_an_answer_is_sorted_by_status_and_message(status: int, message: str, kind: type[Verdictful]) -> None:
    verdict = sort(answered(status, message))
    assert type(verdict) is kind
    assert verdict.request_id == REQUEST
    assert message.split(".")[0] in verdict.message


def test_a_missing_collection_is_a_missing_extension() -> None:
    missing = answered(404, "The resource could not be found.", "http://cloud.test/network/v2.0/routers?name=x")
    assert type(sort(missing)) is Unsupported


def test_a_missing_service_is_unsupported() -> None:
    assert type(sort(keystone.EndpointNotFound("orchestration"))) is Unsupported
    assert type(sort(sdk.NotSupported("no microversion"))) is Unsupported


@pytest.mark.parametrize("error", [keystone.ConnectFailure("refused"), keystone.ConnectTimeout("late"), keystone.SSLError("untrusted")])
def test_no_connection_is_never_the_clouds_fault(error: Exception) -> None:
    assert type(sort(error)) is HarnessFault


def test_keystones_own_errors_are_sorted_too() -> None:
    assert type(sort(keystone.Forbidden("no"))) is Denied
    assert type(sort(keystone.TooManyRequests("slow down"))) is NoCapacity


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ForbiddenException: 403: Client Error for url: http://x, rule:create_router is disallowed by policy", Denied),
        ("HttpException: 403: Client Error for url: http://x, Quota exceeded for instances", QuotaReached),
        ("Server x reached ERROR: No valid host was found.", NoCapacity),
        ("Request forbidden: [POST http://x], error message: (rule:create_network) is disallowed by policy", Denied),
        (
            "Expected HTTP response code [201 202] when accessing [POST http://x], but got 409 instead: Quota exceeded for resources",
            QuotaReached,
        ),
        ("Expected HTTP response code [200] when accessing [POST http://x], but got 501 instead", Unsupported),
        ("timed out waiting for port 22", HarnessFault),
        ("", HarnessFault),
    ],
)
def test_words_alone_are_sorted_alike(text: str, kind: type[Verdictful]) -> None:
    assert type(sort_text(text)) is kind


def test_the_request_is_found_in_words() -> None:
    assert sort_text(f"failed (Request-ID: {REQUEST})").request_id == REQUEST


def test_a_verdict_stays_what_it_is() -> None:
    denied = Denied("no")
    assert sort(denied) is denied
    assert verdictful(denied) is denied


def test_what_came_from_no_cloud_stands_for_no_verdict(tmp_path: Path) -> None:
    assert verdictful(ValueError("x")) is None
    assert verdictful(FileNotFoundError(tmp_path)) is None
    assert type(verdictful(requests.ConnectionError("x"))) is HarnessFault
