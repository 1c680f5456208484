"""Registered secrets are blotted out; harmless text is kept."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from harness import redact


def test_a_registered_secret_is_blotted_out_wherever_it_stands() -> None:
    redact.register("kaleidoscope-77")
    assert redact.redact("a kaleidoscope-77 b kaleidoscope-77") == f"a {redact.BLOT} b {redact.BLOT}"


def test_a_secret_is_found_in_its_json_form_too() -> None:
    redact.register('quo"te-back\\slash')
    assert "quo" not in redact.redact('{"x": "quo\\"te-back\\\\slash"}')


@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_a_secret_beyond_ascii_is_found_in_either_json_form(ensure_ascii: bool) -> None:
    secret = 'quo"te-Übel\\slash'
    redact.register(secret)
    assert redact.redact(json.dumps({"x": secret}, ensure_ascii=ensure_ascii)) == f'{{"x": "{redact.BLOT}"}}'


def test_a_key_is_found_line_by_line_and_its_heading_is_kept() -> None:
    redact.register("-----BEGIN A KEY-----\nbGluZS1vbmU=\nbGluZS10d28=\n-----END A KEY-----\n")
    assert redact.redact("-----BEGIN A KEY-----, then bGluZS10d28=") == f"-----BEGIN A KEY-----, then {redact.BLOT}"


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


def test_a_password_that_yaml_reads_as_a_number_is_registered_as_it_is_sent() -> None:
    redact.register_all({"password": 918273645, "passcode": None, "project_name": 555666777})
    assert redact.redact("918273645 of 555666777 is None") == f"{redact.BLOT} of 555666777 is None"


SPEAKER = """
import sys
from harness import redact
redact.filter_output()
redact.register("open-sesame-of-a-process")
print("out: open-sesame", end="")
print("-of-a-process")
print("no end: open-sesame-of-a-process", end="")
raise ValueError("why: open-sesame-of-a-process")
"""


def test_what_a_process_says_is_filtered_and_so_is_the_traceback_that_ends_it() -> None:
    done = subprocess.run([sys.executable, "-c", SPEAKER], capture_output=True, text=True, check=False)
    assert done.stdout == f"out: {redact.BLOT}\nno end: {redact.BLOT}"
    assert f"ValueError: why: {redact.BLOT}" in done.stderr
    assert "open-sesame-of-a-process" not in done.stderr.replace('raise ValueError("why: open-sesame-of-a-process")', "")
