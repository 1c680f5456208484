"""Data is shown as what it is: no text in it makes markup, and no secret gets through."""

from __future__ import annotations

import pytest

from harness import redact
from harness.showing import Format, show_rows


def test_no_text_makes_markup_in_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows("see #1", ("run", "ended"), [("<img src=q>", "a|b\n*c* @all https://x.example")], Format.MARKDOWN)
    assert capsys.readouterr().out.splitlines() == [
        "## see &#35;1",
        "",
        "| run | ended |",
        "| --- | --- |",
        r"| \<img src=q\> | a\|b \*c\* &#64;all https&#58;//x.example |",
        "",
    ]


def test_a_title_in_brackets_is_shown_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows("cloud [red]a[/]", ("what",), [("[bold]as wide as the title",)], Format.TABLE)
    assert [each.rstrip() for each in capsys.readouterr().out.splitlines()] == ["cloud [red]a[/]", "what", "[bold]as wide as the title"]


@pytest.mark.parametrize("form", [Format.TABLE, Format.MARKDOWN])
def test_a_secret_is_blotted_out_whatever_characters_it_has(
    form: Format, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redact, "_known", set())
    redact.register("pass_word*1")
    show_rows("of pass_word*1", ("what", "value"), [("password", "it is pass_word*1")], form)
    said = capsys.readouterr().out
    assert "word" not in said.replace("password", "")
    assert "it is ‹secret›" in said
