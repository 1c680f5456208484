"""What a server's console log tells: cloud-init's own words about the boot, its data source and the network.

The log is a channel to a server that nobody can log in to. cloud-init prints a table of devices (lines with ``ci-info:``) and, at the
end, where its data came from; both formats have been the same since version 0.7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.probes.hostkeys import by_kind

# Nova takes the escape character itself out of a console log, and leaves what followed it
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b?M(?=\x1b?\[K)|\[K|\[\d+(?:;\d+)*m|\r")
_BEGIN = re.compile(r"Cloud-init v\. \S+ running 'init-local' at (?P<when>[^.]+)\.")
_FINISHED = re.compile(
    r"Cloud-init v\. (?P<version>\S+) finished at (?P<when>[^.]+)\. +Datasource (?P<source>\w+)(?: \[(?P<detail>[^\]]*)\])?"
)
_ROW = re.compile(r"ci-info: \|(?P<cells>.+)\|\s*$", re.MULTILINE)
_DEFAULT_ROUTE = re.compile(r"ci-info: \|\s*\d+\s*\|\s*0\.0\.0\.0\s*\|\s*(?P<gateway>[0-9.]+)\s*\|\s*0\.0\.0\.0\s*\|")
_PROMPT = re.compile(r"^\S+ login:", re.MULTILINE)
_TARGET = re.compile(r"Reached target .*(Multi-User|multi-user\.target|Cloud-init target|cloud-init\.target)")
_NO_KEYS = re.compile(r"ci-info: no authorized ssh keys fingerprints found for user (?P<user>\S+?)\.?\s*$", re.MULTILINE | re.IGNORECASE)
_HOST_KEYS = re.compile(r"-----BEGIN SSH HOST KEY KEYS-----(?P<keys>.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL)
_HOST_KEY = re.compile(r"(?P<kind>ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) (?P<key>[0-9A-Za-z+/]+=*)")
_TABLE = "Net device info"


@dataclass(frozen=True)
class Finished:
    """cloud-init's last line of a boot: its ``source`` is the class that gave the data (``DataSourceNone``: nobody did)."""

    version: str
    when: str
    source: str
    detail: str


@dataclass(frozen=True)
class Device:
    """A network device in cloud-init's table; ``addresses`` without their masks."""

    name: str
    up: bool
    mac: str
    addresses: tuple[str, ...]


def plain(text: str) -> str:
    """The log without terminal escapes and carriage returns."""
    return _ESCAPES.sub("", text)


def last_boot(text: str) -> str:
    """The part of the log that belongs to the last boot, as far as cloud-init's first line tells."""
    begins = [each.start() for each in _BEGIN.finditer(text)]
    return text[begins[-1] :] if begins else text


def last_begin(text: str) -> str:
    """When the last boot began, in cloud-init's own words; empty when it never said so."""
    found = _BEGIN.findall(text)
    return str(found[-1]) if found else ""


def finished(text: str) -> Finished | None:
    """cloud-init's word at the end of the last boot; ``None`` when it is not (yet) there."""
    found = [*_FINISHED.finditer(last_boot(text))]
    return Finished(found[-1]["version"], found[-1]["when"], found[-1]["source"], found[-1]["detail"] or "") if found else None


def is_up(text: str) -> bool:
    """Whether the last boot came to its end: cloud-init said so, or, where it never spoke at all, somebody may log in."""
    return bool(finished(text) or (not last_begin(text) and (_PROMPT.search(text) or _TARGET.search(text))))


def devices(text: str) -> tuple[Device, ...]:
    """cloud-init's table of the last boot; empty when the log has none."""
    part = last_boot(text)
    if _TABLE not in part:
        return ()
    table = part[part.rindex(_TABLE) :]
    found: dict[str, Device] = {}
    for row in _ROW.finditer(table):
        cells = [each.strip() for each in row["cells"].split("|")]
        if cells[0] == "Route":
            break
        if len(cells) == 6 and cells[1] in ("True", "False"):
            _take(found, cells)
    return tuple(found.values())


def default_gateway(text: str) -> str | None:
    """The gateway of the default route in cloud-init's table of the last boot, empty when the table has none; ``None`` without a table."""
    part = last_boot(text)
    found = _DEFAULT_ROUTE.search(part)
    return found["gateway"] if found else "" if _TABLE in part else None


def lacks_keys(text: str) -> str:
    """The user for whom cloud-init found no authorised key in the last boot; empty when it does not say so."""
    found = _NO_KEYS.search(last_boot(text))
    return found["user"] if found else ""


def host_keys(text: str) -> dict[str, str]:
    """The fingerprints of the server's SSH host keys that cloud-init printed last, by kind; none when it printed none."""
    blocks = [*_HOST_KEYS.finditer(text)]
    return by_kind((each["kind"], each["key"]) for each in _HOST_KEY.finditer(blocks[-1]["keys"])) if blocks else {}


def tail(text: str, lines: int = 12) -> tuple[str, ...]:
    """The last lines of the log that say something."""
    return tuple([each.rstrip() for each in text.splitlines() if each.strip()][-lines:])


def _take(found: dict[str, Device], cells: list[str]) -> None:
    name, up, address, _, _, mac = cells
    known = found.get(name)
    addresses = (*(known.addresses if known else ()), *([address.split("/")[0]] if address not in (".", "") else ()))
    real_mac = mac if mac != "." else known.mac if known else ""
    found[name] = Device(name, up == "True", real_mac, addresses)
