"""Registered secrets are blotted out; harmless text is kept."""

from __future__ import annotations

from harness import redact


def test_a_registered_secret_is_blotted_out_wherever_it_stands() -> None:
    redact.register("kaleidoscope-77")
    assert redact.redact("a kaleidoscope-77 b kaleidoscope-77") == f"a {redact.BLOT} b {redact.BLOT}"


def test_a_secret_is_found_in_its_json_form_too() -> None:
    redact.register('quo"te-back\\slash')
    assert "quo" not in redact.redact('{"x": "quo\\"te-back\\\\slash"}')


def test_a_secret_that_holds_another_is_blotted_out_whole() -> None:
    redact.register("sesame-open")
    redact.register("sesame-open-wide")
    assert redact.redact("sesame-open-wide") == redact.BLOT


def test_short_values_do_not_blot_out_ordinary_words() -> None:
    redact.register("demo")
    assert redact.redact("a demo run") == "a demo run"


def test_only_the_secret_keys_of_an_auth_section_are_registered() -> None:
    redact.register_all({"username": "ordinary-name", "password": "hush-hush-1", "application_credential_secret": "hush-hush-2"})
    assert redact.redact("ordinary-name hush-hush-1 hush-hush-2") == f"ordinary-name {redact.BLOT} {redact.BLOT}"
