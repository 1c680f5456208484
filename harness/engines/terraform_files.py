"""What a Terraform workload's own files have to say, and must not say, before Terraform is asked: its mark, and where its state stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from harness.errors import FileError

_MARK = re.compile(r'^\s*variable\s+"?mark"?\s*{', re.MULTILINE)
_ELSEWHERE = re.compile(r'(?:^|{)[ \t]*(backend\s+(?:"(?!local")[^"]*"|(?!local[\s{])[\w-]+)|cloud)\s*{', re.MULTILINE)
_STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|/\*.*?\*/|(?:#|//)[^\n]*', re.DOTALL)


def refuse_unmarked(workload: Path) -> None:
    """What is not marked cannot be told from what others own.

    Raises:
        FileError: no file declares the variable ``mark``.
    """
    said = any(_MARK.search(text) for _, text in _texts(workload))
    if not said and not any("mark" in block for _, blocks in _objects(workload) for block in _all(blocks.get("variable"))):
        raise FileError(workload, "", 'declares no variable "mark"', mend="declare it, and mark with it whatever is made")


def refuse_state_elsewhere(workload: Path) -> None:
    """State that is shared would mix what cells own, and take what is secret out of the cell's folder.

    Raises:
        FileError: names the file and the block.
    """
    for file, where in _elsewhere(workload):
        problem = "keeps its state elsewhere, and that of a cell stays in the cell's folder"
        raise FileError(file, where, problem, mend="take the block out")


def _elsewhere(workload: Path) -> Iterator[tuple[Path, str]]:
    for file, text in _texts(workload):
        if found := _ELSEWHERE.search(text):
            yield file, " ".join(found[1].split())
    for file, blocks in _objects(workload):
        for settings in _all(blocks.get("terraform")):
            kinds = [kind for backend in _all(settings.get("backend")) for kind in backend if kind != "local"]
            yield from ((file, f'backend "{kind}"') for kind in kinds)
            yield from ((file, "cloud") for _ in _all(settings.get("cloud")))


def _texts(workload: Path) -> Iterator[tuple[Path, str]]:
    """The files in Terraform's own language, without their comments."""
    return ((file, _without_comments(file.read_text(encoding="utf-8", errors="replace"))) for file in _files(workload, "*.tf", "*.tofu"))


def _without_comments(text: str) -> str:
    """What looks like a comment in a string is none: it may be an address."""
    return _STRING_OR_COMMENT.sub(lambda found: found[1] or " ", text)


def _objects(workload: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The files in its JSON; what is none is for Terraform to complain of."""
    for file in _files(workload, "*.tf.json", "*.tofu.json"):
        try:
            found = json.loads(file.read_bytes())
        except ValueError:
            continue
        if isinstance(found, dict):
            yield file, found


def _files(workload: Path, *patterns: str) -> Iterable[Path]:
    return sorted(file for pattern in patterns for file in workload.glob(pattern))


def _all(blocks: Any) -> list[dict[str, Any]]:
    """What stands in JSON where the language has blocks: an object for one, a list of them for several."""
    return [each for each in (blocks if isinstance(blocks, list) else [blocks]) if isinstance(each, dict)]
