from __future__ import annotations

import pytest

from harness.probes import console

FIRST = """\
\x1b[0;32m  OK  \x1b[0m] Reached target local-fs.target\r
[    1.20] cloud-init[80]: Cloud-init v. 22.4.2 running 'init-local' at Sat, 21 Nov 2026 08:44:01 +0000. Up 1.23 seconds.\r
[    1.80] cloud-init[109]: Cloud-init v. 22.4.2 running 'init' at Sat, 21 Nov 2026 08:44:02 +0000. Up 1.80 seconds.\r
[    1.90] cloud-init[109]: ci-info: ++++++++++++++++++++++++++++++++++++++Net device info+++++++++++++++++++++++++++++++++++++++\r
[    1.90] cloud-init[109]: ci-info: | Device |  Up  |           Address           |      Mask     | Scope  |     Hw-Address    |\r
[    1.90] cloud-init[109]: ci-info: |  eth0  | True |         10.20.24.73         | 255.255.255.0 | global | fa:16:3e:b1:44:26 |\r
[    1.90] cloud-init[109]: ci-info: |  eth0  | True | fe80::f816:3eff:feb1:4426/64 |       .       |  link  | fa:16:3e:b1:44:26 |\r
[    1.90] cloud-init[109]: ci-info: |  eth1  | False |              .              |       .       |   .    | fa:16:3e:b1:44:27 |\r
[    1.90] cloud-init[109]: ci-info: |   lo   | True |          127.0.0.1          |   255.0.0.0   |  host  |         .         |\r
[    1.90] cloud-init[109]: ci-info: +++++++++++++++++++++++Route IPv4 info+++++++++++++++++++++++\r
[    1.90] cloud-init[109]: ci-info: | Route | Destination |  Gateway   | Genmask | Interface | Flags |\r
[    1.90] cloud-init[109]: ci-info: |   0   |   0.0.0.0   | 10.20.24.1 | 0.0.0.0 |    eth0   |   UG  |\r
"""
END = "Cloud-init v. 22.4.2 finished at Sat, 21 Nov 2026 08:44:03 +0000. "
END += "Datasource DataSourceOpenStackLocal [net,ver=2].  Up 3.50 seconds\r\n"
NO_KEYS = "ci-info: no authorized SSH keys fingerprints found for user debian.\r\n"


@pytest.fixture
def text() -> str:
    return console.plain(FIRST + END)


def test_escapes_and_carriage_returns_are_gone(text: str) -> None:
    assert "\x1b" not in text
    assert "\r" not in text


def test_what_nova_leaves_of_escapes_is_gone() -> None:
    left = "M[K[\x1b[0;31m*  [0m] [   11.20] Job networking.service/start running (1min 47s / 6min 2s)"
    assert console.plain(left) == "[*  ] [   11.20] Job networking.service/start running (1min 47s / 6min 2s)"


def test_the_last_word_of_cloud_init(text: str) -> None:
    assert console.finished(text) == console.Finished("22.4.2", "Sat, 21 Nov 2026 08:44:03 +0000", "DataSourceOpenStackLocal", "net,ver=2")
    assert console.finished(console.plain(FIRST)) is None


def test_a_data_source_that_is_none() -> None:
    said = console.finished(
        "Cloud-init v. 22.4.2 finished at Sat, 21 Nov 2026 09:48:01 +0000. Datasource DataSourceNone.  Up 46.77 seconds"
    )
    assert said
    assert (said.source, said.detail) == ("DataSourceNone", "")


def test_the_table_of_devices(text: str) -> None:
    eth0, eth1, lo = console.devices(text)
    assert eth0 == console.Device("eth0", up=True, mac="fa:16:3e:b1:44:26", addresses=("10.20.24.73", "fe80::f816:3eff:feb1:4426"))
    assert eth1 == console.Device("eth1", up=False, mac="fa:16:3e:b1:44:27", addresses=())
    assert (lo.name, lo.mac) == ("lo", "")


def test_a_log_without_a_table() -> None:
    assert console.devices("Debian GNU/Linux 12\n\nnode login: ") == ()


def test_only_the_last_boot_counts(text: str) -> None:
    rebooted = text + text.replace("08:44:01", "08:50:01").replace("10.20.24.73", "10.20.24.99").replace("finished", "modules")
    assert console.finished(rebooted) is None
    assert console.devices(rebooted)[0].addresses[0] == "10.20.24.99"
    assert console.last_begin(rebooted) == "Sat, 21 Nov 2026 08:50:01 +0000"
    assert console.last_begin("no word") == ""


@pytest.mark.parametrize(
    ("log", "up"),
    [
        (FIRST + END, True),
        (FIRST, False),
        (FIRST + "node login: ", False),
        ("Debian GNU/Linux 12 node console\n\nnode login: ", True),
        ("[  OK  ] Reached target multi-user.target - Multi-User System.", True),
        ("[    ] A start job is running for networking.service", False),
        ("", False),
    ],
)
def test_whether_a_boot_came_to_its_end(log: str, up: bool) -> None:
    assert console.is_up(console.plain(log)) is up


def test_a_missing_key(text: str) -> None:
    assert console.lacks_keys(text) == ""
    assert console.lacks_keys(console.plain(FIRST + NO_KEYS + END)) == "debian"


def test_the_tail() -> None:
    assert console.tail("one\n\n  two  \n\n three\n\n", 2) == ("  two", " three")
