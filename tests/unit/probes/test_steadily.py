"""Asking steadily: what is counted as lost, and how long a gap was."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from harness.probes.outside import Outside, Page
from harness.probes.steadily import Steadily

ONE, TWO = "http://one/", "http://two/"


class Site(Outside):
    """At each place it answers whatever comes next there; good for ever afterwards. ``slow`` is a place that takes a while."""

    def __init__(self, slow: str = "", **answers: list[int]) -> None:
        self.answers: dict[str, Iterator[int]] = {f"http://{name}/": iter(each) for name, each in answers.items()}
        self.slow = slow
        self.urls: list[str] = []

    def http(self, url: str, limit_s: float = 10.0, *, headers: dict[str, str] | None = None) -> Page:
        self.urls.append(url)
        if url == self.slow:
            time.sleep(0.2)
        status = next(self.answers.get(url, iter(())), 200)
        return Page(status, "page", error="" if status else "refused")


def is_good(page: Page) -> bool:
    return page.status == 200


def asked(site: Site, times: int) -> Steadily:
    with Steadily(site, [ONE, TWO], is_good, every_s=0.01) as steadily:
        steadily.ask_on(times)
    return steadily


def test_every_place_is_asked_and_nothing_is_lost() -> None:
    site = Site()
    found = asked(site, 6)
    assert set(site.urls) == {ONE, TWO}
    assert found.asked == len(site.urls) >= 6
    assert found.lost == []
    assert found.loss == 0


def test_lost_answers_are_counted_and_told() -> None:
    found = asked(Site(one=[200, 503], two=[0]), 8)
    assert sorted(found.lost) == ["http://one/: HTTP 503", "http://two/: refused"]
    assert found.loss == 2 / found.asked


def test_a_place_that_takes_its_time_holds_up_no_other() -> None:
    site = Site(slow=ONE)
    asked(site, 12)
    assert site.urls.count(TWO) > 2 * site.urls.count(ONE)


@pytest.mark.parametrize(
    ("good", "gap"),
    [([10.0, 10.2, 14.2, 14.3], 4.0), ([10.0, 10.1], 0.1)],
    ids=["in the middle", "none to speak of"],
)
def test_a_gap_is_the_longest_time_without_a_good_answer(good: list[float], gap: float) -> None:
    steadily = Steadily(Site(), [ONE], is_good)
    steadily._askers[0].good_at = good
    assert steadily.gap_s == pytest.approx(gap)


def test_a_place_that_is_silent_is_a_gap_though_another_answers() -> None:
    found = asked(Site(two=[0] * 1000), 10)
    assert found.gaps[TWO] == found.gap_s > 0.03
    assert found.gaps[ONE] < found.gap_s
    assert set(found.lost) == {"http://two/: refused"}


def test_a_site_that_never_answers_is_a_gap_as_long_as_it_was_asked() -> None:
    found = asked(Site(one=[0] * 1000, two=[0] * 1000), 8)
    assert found.gap_s > 0.02
    assert found.loss == 1
