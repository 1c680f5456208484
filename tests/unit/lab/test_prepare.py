"""What a cloud's operator is refused is one sentence, not a fault of the harness."""

from __future__ import annotations

import pytest
from keystoneauth1.exceptions import DiscoveryFailure
from openstack.exceptions import ForbiddenException

from harness.errors import LabError
from harness.lab.prepare import doing


@pytest.mark.parametrize("error", [DiscoveryFailure("no versions\nat all"), ForbiddenException("no versions")])
def test_what_an_api_refuses_is_an_error_of_the_lab_with_the_mend(error: Exception) -> None:
    with (
        pytest.raises(LabError, match=r"(?m)^lab1: offering the image failed: .*no versions$") as refused,
        doing("lab1", "offering the image"),
    ):
        raise error
    assert "interop lab status" in refused.value.mend


def test_anything_else_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), doing("lab1", "offering the image"):
        raise ZeroDivisionError
