"""Asking steadily: what is counted as lost, and how long a gap was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import pytest

from harness.probes.outside import Outside, Page
from harness.probes.steadily import Steadily


class Site(Outside):
    """Answers whatever comes next; good for ever afterwards."""

    def __init__(self, *answers: int) -> None:
        self.answers: Iterator[int] = iter(answers)
        self.urls: list[str] = []

    def http(self, url: str, limit_s: float = 10.0, *, headers: dict[str, str] | None = None) -> Page:
        self.urls.append(url)
        status = next(self.answers, 200)
        return Page(status, "page", error="" if status else "refused")


def is_good(page: Page) -> bool:
    return page.status == 200


def asked(site: Site, times: int) -> Steadily:
    with Steadily(site, ["http://one/", "http://two/"], is_good, every_s=0.01) as steadily:
        steadily.ask_on(times)
    return steadily


def test_every_address_is_asked_in_its_turn_and_nothing_is_lost() -> None:
    site = Site()
    found = asked(site, 6)
    assert site.urls[:4] == ["http://one/", "http://two/", "http://one/", "http://two/"]
    assert found.asked == len(site.urls) >= 6
    assert found.lost == []
    assert found.loss == 0


def test_lost_answers_are_counted_and_told() -> None:
    found = asked(Site(200, 0, 503, 200), 8)
    assert found.lost == ["http://two/: refused", "http://one/: HTTP 503"]
    assert found.loss == 2 / found.asked


@pytest.mark.parametrize(
    ("good", "gap"),
    [([10.0, 10.2, 14.2, 14.3], 4.0), ([10.0, 10.1], 0.1)],
    ids=["in the middle", "none to speak of"],
)
def test_a_gap_is_the_longest_time_without_a_good_answer(good: list[float], gap: float) -> None:
    steadily = Steadily(Site(), ["http://one/"], cast("Callable[[Page], bool]", is_good))
    steadily._good_at = good
    assert steadily.gap_s == pytest.approx(gap)


def test_a_site_that_never_answers_is_a_gap_as_long_as_it_was_asked() -> None:
    found = asked(Site(*[0] * 1000), 5)
    assert found.gap_s > 0.03
    assert found.loss == 1
