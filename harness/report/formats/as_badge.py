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
_LONGEST = 60
_LABEL_GROUND = "#3d4148"
_GROUNDS = {Standing.HOLDS: "#28633f", Standing.FAILS: "#a8201a", Standing.UNKNOWN: "#545b66"}
_FONTS = "Verdana, DejaVu Sans, Geneva, sans-serif"


def render(run: Run) -> str:
    """The badge as SVG that needs nothing but itself."""
    label, standing, message = "interop", *_message(run)
    widths = [round(len(each) * _PIXELS_A_CHARACTER) + 2 * _PADDING for each in (label, message)]
    size = {"width": str(sum(widths)), "height": str(_HEIGHT)}
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "role": "img", "aria-label": f"{label}: {message}"})
    SubElement(root, "title").text = f"{label}: {message}"
    for text, start, width, ground in ((label, 0, widths[0], _LABEL_GROUND), (message, widths[0], widths[1], _GROUNDS[standing])):
        SubElement(root, "rect", x=str(start), width=str(width), height=str(_HEIGHT), fill=ground)
        place = {"x": str(start + _PADDING), "y": "14", "textLength": str(width - 2 * _PADDING), "lengthAdjust": "spacingAndGlyphs"}
        SubElement(root, "text", {**place, "fill": "#ffffff", "font-family": _FONTS, "font-size": "11"}).text = text
    return tostring(root, encoding="unicode") + "\n"


def _message(run: Run) -> tuple[Standing, str]:
    found = tables(run)
    if not found:
        return Standing.UNKNOWN, f"{SYMBOLS[Standing.UNKNOWN]} nothing was run"
    standings = {each for table in found for each in _standings(run, table)}
    worst = next(each for each in (Standing.FAILS, Standing.UNKNOWN, Standing.HOLDS) if each in standings)
    told = ", ".join(_told(run, table) for table in found)
    return worst, one_line(f"{SYMBOLS[worst]} {told}", _LONGEST)


def _standings(run: Run, table: Table) -> set[Standing]:
    """What its clouds say of a workload; one that was not the same everywhere did not run unchanged, whatever they say."""
    changed = set() if _is_unchanged(run, table) else {Standing.FAILS}
    return {each.standing for each in summaries(run, table)} | changed


def _told(run: Run, table: Table) -> str:
    how = "runs unchanged" if _is_unchanged(run, table) else "runs, not unchanged,"
    running = [cloud for cloud in table.clouds if ran(run, table.workload.name, cloud)]
    return f"{table.workload.name} {how} on {len(running)} of {len(table.clouds)}"


def _is_unchanged(run: Run, table: Table) -> bool:
    return len({cell.digest for cell in run.cells_with(table.workload.name) if cell.digest}) < 2
