"""The catalogue: what the checks in some folders declare, read without running or importing them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from hashlib import sha256
from inspect import cleandoc
from pathlib import Path

from harness.checks.marks import Spec, spec
from harness.checks.order import ordered
from harness.errors import FileError, UsageError
from harness.model import CheckInfo

SHIPPED = Path(__file__).parent
"""The folder of the checks that the harness brings."""


def catalogue(folders: Iterable[Path]) -> tuple[CheckInfo, ...]:
    """The checks of the ``test_*.py`` files below ``folders``, in the order in which they run: the ladder.

    A check's digest is of its own source text and of what it uses of its module, so equal checks are known as equal.

    Raises:
        FileError: a file that is not Python, a declaration that is not made of literals, an unknown facet, phase, subject or
            need, a check without a docstring, or two of the same id; names file and test.
    """
    found: dict[str, tuple[Path, CheckInfo]] = {}
    for path in _files(folders):
        for info in _checks_in(path):
            if info.id in found:
                raise FileError(path, info.id, f"is a check of {found[info.id][0]} too", mend="give one of them another id")
            found[info.id] = (path, info)
    return tuple(found[each][1] for each in ordered(_needs_known({id_: (path, _spec(info)) for id_, (path, info) in found.items()})))


def specs(folders: Iterable[Path]) -> dict[str, Spec]:
    """The declarations alone, by id.

    Raises:
        FileError: see :func:`catalogue`, but for unknown needs.
    """
    return {info.id: _spec(info) for path in _files(folders) for info in _checks_in(path)}


def _files(folders: Iterable[Path]) -> list[Path]:
    files: dict[Path, None] = {}
    for folder in folders:
        if not folder.is_dir():
            raise FileError(folder, "", "no such folder of checks", mend="name a folder with test_*.py files")
        files.update(dict.fromkeys(sorted(folder.resolve().rglob("test_*.py"))))
    return list(files)


def _needs_known(found: dict[str, tuple[Path, Spec]]) -> dict[str, Spec]:
    shipped = specs([SHIPPED]) if any(SHIPPED not in path.parents for path, _ in found.values()) else {}
    for path, each in found.values():
        for need in each.needs:
            if need not in found and need not in shipped:
                raise FileError(path, each.id, f"needs {need}, which is no check", mend="correct the id, or name its folder too")
    return {id_: each for id_, (_, each) in found.items()}


def _spec(info: CheckInfo) -> Spec:
    return Spec(info.id, info.facet, info.phase, info.needs, info.subject, info.source)


def _checks_in(path: Path) -> Iterator[CheckInfo]:
    text = path.read_text(encoding="utf-8")
    try:
        module = ast.parse(text)
    except SyntaxError as error:
        raise FileError(path, f"line {error.lineno}", f"is not Python: {error.msg}") from error
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and (call := _declaration(node)):
            yield _info(path, text, module, node, call)


def _declaration(node: ast.FunctionDef) -> ast.Call | None:
    calls = (each for each in node.decorator_list if isinstance(each, ast.Call))
    return next((each for each in calls if _name(each.func) == "check"), None)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _info(path: Path, text: str, module: ast.Module, node: ast.FunctionDef, call: ast.Call) -> CheckInfo:
    where = f"line {node.lineno}: {node.name}"
    try:
        args = [ast.literal_eval(each) for each in call.args]
        named = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except ValueError as error:
        raise FileError(path, where, "check(…) is not made of literals", mend="write the values out") from error
    try:
        declared = spec(*args, **named)
    except (UsageError, TypeError) as error:
        raise FileError(path, where, str(error)) from error
    words = ast.get_docstring(node, clean=False)
    if not words:
        raise FileError(path, where, "has no docstring", mend="say what should be, and how the check looks at it")
    body = cleandoc(words)
    return CheckInfo(
        id=declared.id,
        facet=declared.facet,
        phase=declared.phase,
        needs=declared.needs,
        source=declared.source,
        title=" ".join(body.split("\n\n")[0].split()),
        text=body,
        subject=declared.subject,
        digest=_digest(text, module, node),
    )


def _digest(text: str, module: ast.Module, node: ast.FunctionDef) -> str:
    """Of the check's source, and of every definition of its module that it uses, directly or not."""
    definitions = {name: each for each in module.body for name in _defines(each)}
    wanted: dict[int, ast.stmt] = {}
    waiting: list[ast.stmt] = [node]
    while waiting:
        each = waiting.pop()
        if each.lineno in wanted:
            continue
        wanted[each.lineno] = each
        waiting += [definitions[name] for name in _uses(each) if name in definitions]
    digest = sha256()
    for _, each in sorted(wanted.items()):
        digest.update("\n".join(_lines(text, each)).encode())
    return digest.hexdigest()


def _defines(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [each.id for each in node.targets if isinstance(each, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def _uses(node: ast.stmt) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _lines(text: str, node: ast.stmt) -> list[str]:
    decorators = [each.lineno for each in getattr(node, "decorator_list", [])]
    return [each.rstrip() for each in text.splitlines()[min([node.lineno, *decorators]) - 1 : node.end_lineno]]
