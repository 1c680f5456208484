from __future__ import annotations

import pytest
import requests
from keystoneauth1 import exceptions as keystone
from openstack import exceptions as sdk

from harness.checks import Unmet, does_not_apply
from harness.checks.verdicts import judge
from harness.errors import Denied, HarnessFault, NoCapacity, QuotaReached, Unsupported, UsageError
from harness.model import Verdict


def answered(status: int, words: str) -> sdk.HttpException:
    response = requests.Response()
    response.status_code = status
    return sdk.HttpException(message=words, response=response)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (None, Verdict.PASS),
        (AssertionError("1 == 2"), Verdict.FAIL),
        (Unmet("open", "closed"), Verdict.FAIL),
        (Unsupported("no such service"), Verdict.UNSUPPORTED),
        (Denied("policy"), Verdict.DENIED),
        (QuotaReached("cores"), Verdict.QUOTA),
        (NoCapacity("no valid host"), Verdict.CAPACITY),
        (HarnessFault("ours"), Verdict.HARNESS_FAULT),
        (UsageError("ours too"), Verdict.HARNESS_FAULT),
        (KeyError("nobody foresaw it"), Verdict.HARNESS_FAULT),
        (OSError("the network is unreachable"), Verdict.HARNESS_FAULT),
        (pytest.skip.Exception("nothing to look at"), Verdict.NOT_RUN),
        (pytest.fail.Exception("only an assertion fails"), Verdict.HARNESS_FAULT),
        (answered(403, "not allowed by policy"), Verdict.DENIED),
        (answered(409, "Quota exceeded for resources: ['port']"), Verdict.QUOTA),
        (keystone.EndpointNotFound("public endpoint for load-balancer"), Verdict.UNSUPPORTED),
        (answered(500, "boom"), Verdict.HARNESS_FAULT),
    ],
)
def test_only_an_assertion_is_a_failure_and_the_unforeseen_is_ours(error: BaseException | None, verdict: Verdict) -> None:
    assert judge(error).verdict is verdict


def test_expected_seen_and_next_step_are_taken_over() -> None:
    judgement = judge(Unmet("open", "closed", "try this"))
    assert (judgement.expected, judgement.seen, judgement.next_step) == ("open", "closed", "try this")


def test_what_does_not_apply_is_told_from_what_could_not_be_seen() -> None:
    with pytest.raises(pytest.skip.Exception) as nothing:
        does_not_apply("it has no such port")
    with pytest.raises(pytest.skip.Exception) as unseen:
        pytest.skip("nobody can log in")
    found = [judge(each.value) for each in (nothing, unseen)]
    assert [(each.verdict, each.reason, each.applies) for each in found] == [
        (Verdict.NOT_RUN, "it has no such port", False),
        (Verdict.NOT_RUN, "nobody can log in", True),
    ]


def test_the_request_id_is_kept_for_the_vendor() -> None:
    assert judge(Denied("policy", request_id="req-1", mend="ask")).request_id == "req-1"


def test_the_unforeseen_says_where_it_was_raised() -> None:
    try:
        raise KeyError("missing")
    except KeyError as error:
        judgement = judge(error)
    assert "KeyError" in judgement.reason
    assert "test_the_unforeseen_says_where_it_was_raised" in judgement.evidence[0]
