"""``badge.svg``: what a README shows. On how many clouds each workload ran unchanged, with a sign beside the colour."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from harness.report.clean import one_line
from harness.report.headline import ran
from harness.report.matrix import Table, tables
from harness.report.record import Run
from harness.report.summary import summaries
from harness.report.words import SYMBOLS, Standing

FILE = "badge.svg"

_HEIGHT = 20
_PADDING = 7
_PIXELS_A_CHARACTER = 6.6  # of the fonts named below at 11 px, on average; ``textLength`` makes the text fit whatever font there is
_BASELINE = 14
_LONGEST = 40
"""Characters of a workload's name; of the sentence about it nothing is cut."""
_LABEL_GROUND = "#3d4148"
_GROUNDS = {Standing.HOLDS: "#28633f", Standing.FAILS: "#a8201a", Standing.UNKNOWN: "#545b66"}
_FONTS = "Verdana, DejaVu Sans, Geneva, sans-serif"


def render(run: Run) -> str:
    """The badge as SVG that needs nothing but itself: a line for every workload."""
    label, lines = "interop", _lines(run)
    whole = f"{label}: {'; '.join(message for _, message in lines)}"
    left, right = _width(label), max(_width(message) for _, message in lines)
    height = _HEIGHT * len(lines)
    size = {"width": str(left + right), "height": str(height)}
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "role": "img", "aria-label": whole})
    SubElement(root, "title").text = whole
    SubElement(root, "rect", x="0", y="0", width=str(left), height=str(height), fill=_LABEL_GROUND)
    _write(root, label, 0, (height - _HEIGHT) // 2)
    for number, (standing, message) in enumerate(lines):
        top = number * _HEIGHT
        SubElement(root, "rect", x=str(left), y=str(top), width=str(right), height=str(_HEIGHT), fill=_GROUNDS[standing])
        _write(root, message, left, top)
    return tostring(root, encoding="unicode") + "\n"


def _width(text: str) -> int:
    return round(len(text) * _PIXELS_A_CHARACTER) + 2 * _PADDING


def _write(root: Element, text: str, left: int, top: int) -> None:
    """A line of the badge that begins there, as long as its letters are on average."""
    place = {"x": str(left + _PADDING), "y": str(top + _BASELINE)}
    length = {"textLength": str(_width(text) - 2 * _PADDING), "lengthAdjust": "spacingAndGlyphs"}
    SubElement(root, "text", {**place, **length, "fill": "#ffffff", "font-family": _FONTS, "font-size": "11"}).text = text


def _lines(run: Run) -> list[tuple[Standing, str]]:
    """What is said of each workload, and how it stands."""
    lines: list[tuple[Standing, str]] = []
    for table in tables(run):
        standings = _standings(run, table)
        worst = next(each for each in (Standing.FAILS, Standing.UNKNOWN, Standing.HOLDS) if each in standings)
        lines.append((worst, f"{SYMBOLS[worst]} {_told(run, table)}"))
    return lines or [(Standing.UNKNOWN, f"{SYMBOLS[Standing.UNKNOWN]} nothing was run")]


def _standings(run: Run, table: Table) -> set[Standing]:
    """What its clouds say of a workload; one that was not the same everywhere did not run unchanged, whatever they say."""
    changed = set() if _is_unchanged(run, table) else {Standing.FAILS}
    return {each.standing for each in summaries(run, table)} | changed


def _told(run: Run, table: Table) -> str:
    how = "runs unchanged" if _is_unchanged(run, table) else "runs, not unchanged,"
    running = [cloud for cloud in table.clouds if ran(run, table.workload.name, cloud)]
    return f"{one_line(table.workload.name, _LONGEST)} {how} on {len(running)} of {len(table.clouds)}"


def _is_unchanged(run: Run, table: Table) -> bool:
    return len({cell.digest for cell in run.cells_with(table.workload.name) if cell.digest}) < 2
