import json
import ssl
from pathlib import Path

import pytest
import requests

from harness import redact
from harness.clouds.config import authorize, connect, entries, entry, opened
from harness.errors import CloudConfigError, FileError
from tests.unit.wire import ENTRY, URL, Wire


def test_an_entry_of_the_clouds_folder_is_found_with_its_own_section(clouds_folder: Path) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY + "    interop: {netns: /run/netns/outside, carries: 2}\n")
    found = entry("acme")
    assert (found.config_file, found.netns, found.carries) == (clouds_folder / "lab.yaml", "/run/netns/outside", 2)


@pytest.fixture
def own(clouds_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own clouds.yaml, as openstacksdk finds it."""
    file = tmp_path / "clouds.yaml"
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))
    return file


def test_the_users_own_clouds_yaml_is_found_too(clouds_folder: Path, own: Path) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    own.write_text(ENTRY.replace("acme", "own"))
    assert set(entries()) == {"acme", "own"}
    assert entry("own").config_file == own


def test_an_unknown_cloud_is_refused_with_those_that_there_are(clouds_folder: Path) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    with pytest.raises(CloudConfigError, match=r"cloud acne: no such entry.*configured clouds: acme") as caught:
        entry("acne")
    assert caught.value.mend == "did you mean acme?"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("users_own", [True, False])
@pytest.mark.parametrize("name", ["envvars", "mine"])
def test_a_cloud_of_which_only_variables_tell_is_refused(
    clouds_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, users_own: bool, name: str
) -> None:
    if users_own:
        (tmp_path / "clouds.yaml").write_text(ENTRY)
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    if name != "envvars":
        monkeypatch.setenv("OS_CLOUD_NAME", name)
    for key, value in {"AUTH_URL": f"{URL}/identity", "USERNAME": "alice", "PASSWORD": "correct-horse", "PROJECT_NAME": "demo"}.items():
        monkeypatch.setenv(f"OS_{key}", value)
    assert set(entries()) == ({"acme"} if users_own else set())
    with pytest.raises(CloudConfigError, match=f"cloud {name}: only OS_… variables tell of it") as caught:
        entry(name)
    assert "write it into clouds.yaml" in caught.value.mend
    assert "correct-horse" not in str(caught.value)


def test_the_name_of_the_variables_cloud_is_unknown_without_variables(clouds_folder: Path) -> None:
    with pytest.raises(CloudConfigError, match="cloud envvars: no such entry"):
        entry("envvars")


def test_no_cloud_at_all_is_said(clouds_folder: Path) -> None:
    with pytest.raises(CloudConfigError, match="no cloud is configured"):
        entry("acme")


def test_a_file_without_an_entry_has_no_cloud(own: Path) -> None:
    own.write_text("clouds: {}\n")
    assert entries() == {}


def test_a_name_in_two_files_is_ambiguous(clouds_folder: Path, own: Path) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    own.write_text(ENTRY)
    with pytest.raises(CloudConfigError, match="cloud acme is ambiguous"):
        entries()


NO_CLOUDS_YAML = ["just words", "other: {}\n", "clouds: [a]\n", "clouds: hello\n", "clouds: 5\n"]
NO_YAML = ["clouds: [", "\x00", "clouds: {acme: !!timestamp hello}\n", "clouds: {? [a] : b}\n", "clouds: " + "[" * 5000 + "]" * 5000]


@pytest.mark.parametrize("text", [*NO_CLOUDS_YAML, *NO_YAML, "clouds:\n"])
def test_a_file_that_is_no_clouds_yaml_is_named(clouds_folder: Path, text: str) -> None:
    (clouds_folder / "lab.yaml").write_text(text)
    with pytest.raises(FileError, match=r"lab.yaml: not a clouds.yaml"):
        entries()


@pytest.mark.parametrize("text", [each for each in [*NO_CLOUDS_YAML, *NO_YAML] if each != "other: {}\n"])
def test_the_users_own_file_that_is_no_clouds_yaml_is_refused(own: Path, text: str) -> None:
    own.write_text(text)
    with pytest.raises(CloudConfigError, match=r"clouds.yaml: "):
        entries()


UNQUOTED = ["*MySecret", "!MySecret", "&My:Secret: x", "'MySecret", "[MySecret", "%MySecret\n%MySecret", "@MySecret"]


@pytest.mark.parametrize("password", UNQUOTED)
def test_a_password_that_is_no_yaml_is_not_shown_but_its_line_is(clouds_folder: Path, own: Path, password: str) -> None:
    text = ENTRY.replace("correct-horse", password)
    for file in (own, clouds_folder / "lab.yaml"):
        file.write_text(text)
        with pytest.raises((CloudConfigError, FileError), match=r"clouds.yaml: .*line \d+ is not YAML") as caught:
            entries()
        assert file.name in str(caught.value)
        assert "Secret" not in str(caught.value)
        file.unlink()


def test_a_secure_file_that_is_no_yaml_is_named_without_its_words(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own.write_text(ENTRY)
    secure = tmp_path / "secure.yaml"
    monkeypatch.setenv("OS_CLIENT_SECURE_FILE", str(secure))
    secure.write_text("clouds:\n  acme:\n    auth:\n      password: *MySecret\n")
    with pytest.raises(CloudConfigError, match=r"secure.yaml: line 4 is not YAML") as caught:
        entries()
    assert "Secret" not in str(caught.value)


SECRET = "      password: correct-horse\n"


@pytest.mark.parametrize("users_own", [True, False])
@pytest.mark.parametrize("named", ["by a variable", "in its usual place", "in its usual place, where the variable's file is missing"])
def test_a_password_that_stands_in_a_secure_file_is_found(
    clouds_folder: Path, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, users_own: bool, named: str
) -> None:
    (own if users_own else clouds_folder / "lab.yaml").write_text(ENTRY.replace(SECRET, ""))
    secure = tmp_path / "secure.yaml"
    secure.write_text("clouds:\n  acme:\n    auth:\n" + SECRET)
    monkeypatch.setattr("openstack.config.loader.SECURE_FILES", [str(secure)] if "usual" in named else [])
    if "variable" in named:
        monkeypatch.setenv("OS_CLIENT_SECURE_FILE", str(tmp_path / "missing.yaml" if "missing" in named else secure))
    auth = connect(entry("acme")).config.config["auth"]
    assert (auth["username"], auth["password"]) == ("alice", "correct-horse")
    assert redact.redact("correct-horse") == redact.BLOT


@pytest.mark.parametrize(
    ("section", "key"), [("{netn: /x}", "interop.netn"), ("{carries: two}", "interop.carries"), ("{carries: 0}", "interop.carries")]
)
def test_a_wrong_key_of_our_section_is_named(clouds_folder: Path, section: str, key: str) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY + f"    interop: {section}\n")
    with pytest.raises(FileError, match=rf"lab.yaml: clouds.acme.{key}"):
        entries()


@pytest.mark.parametrize(
    ("written", "where", "problem"),
    [
        ("acme: null", "clouds.acme", "should be a mapping of keys to values; it is empty"),
        ("acme: hello", "clouds.acme", "should be a mapping of keys to values; it is a text"),
        ("acme: [a]", "clouds.acme", "should be a mapping of keys to values; it is a list"),
        ("acme: {7: a}", "clouds.acme.7", "a key should be a text; it is a number"),
        ("acme: {auth: hello}", "clouds.acme.auth", "should be a mapping of keys to values; it is a text"),
        ("acme: {auth: null}", "clouds.acme.auth", "should be a mapping of keys to values; it is empty"),
        ("acme: {auth: {auth_url: 5}}", "clouds.acme.auth.auth_url", "should be a text; it is a number"),
        ("acme: {auth: {auth_url: [http://cloud.test]}}", "clouds.acme.auth.auth_url", "should be a text; it is a list"),
        ("acme: {auth: {7: a}}", "clouds.acme.auth.7", "a key should be a text; it is a number"),
        ("acme: {auth: {}, region_name: 5}", "clouds.acme.region_name", "should be a text; it is a number"),
        ("acme: {auth: {}, auth_type: [a]}", "clouds.acme.auth_type", "should be a text; it is a list"),
        ("acme: {auth: {}, api_timeout: soon}", "clouds.acme.api_timeout", "should be a number; it is a text"),
    ],
)
@pytest.mark.parametrize("users_own", [True, False])
def test_a_malformed_entry_is_refused_by_file_and_key(
    clouds_folder: Path, own: Path, users_own: bool, written: str, where: str, problem: str
) -> None:
    file = own if users_own else clouds_folder / "lab.yaml"
    file.write_text(f"clouds:\n  {written}\n")
    with pytest.raises(FileError) as caught:
        entry("acme")
    assert caught.value.message == f"{file}: {where}: {problem}"
    assert caught.value.mend
    assert caught.value.exit_code == 2


def test_a_clouds_name_that_is_no_text_is_refused(clouds_folder: Path) -> None:
    (clouds_folder / "lab.yaml").write_text("clouds: {5: {}, acme: {}}\n")
    with pytest.raises(FileError, match=r"lab.yaml: clouds\.5: a cloud's name should be a text; it is a number"):
        entries()
    with pytest.raises(CloudConfigError, match="configured clouds: 5, acme"):
        entry("other")


def test_a_vendor_profile_that_cannot_be_fetched_is_named(clouds_folder: Path, wire: Wire) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY + "    profile: https://vendor.test\n")
    wire.get("https://vendor.test/.well-known/openstack/api", exc=requests.exceptions.ConnectionError("[Errno 111] Connection refused"))
    with pytest.raises(CloudConfigError, match="cloud acme: its vendor profile cannot be fetched: Connection refused") as caught:
        connect(entry("acme"))
    assert "correct profile: in" in caught.value.mend


def test_a_number_for_a_password_is_refused_and_not_shown(clouds_folder: Path) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY.replace("correct-horse", "31415926"))
    with pytest.raises(FileError, match=r"clouds\.acme\.auth\.password: should be a text; it is a number") as caught:
        entry("acme")
    assert caught.value.mend == "put it in quotes"
    assert "31415926" not in str(caught.value)


def test_what_is_wrong_with_another_entry_is_no_matter(clouds_folder: Path) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY + "  stub: null\n")
    assert entry("acme").name == "acme"
    with pytest.raises(FileError, match=r"clouds\.stub"):
        entries()


@pytest.mark.parametrize("written", ["networks: hello", "loop: &loop {again: *loop}"])
def test_what_openstacksdk_stumbles_over_is_this_projects_error(clouds_folder: Path, written: str) -> None:
    (clouds_folder / "lab.yaml").write_text(f"{ENTRY}    {written}\n")
    with pytest.raises(CloudConfigError, match="openstacksdk cannot read its entry") as caught:
        connect(entry("acme"))
    assert "lab.yaml" in caught.value.mend


def test_an_entry_without_credentials_is_refused(clouds_folder: Path) -> None:
    (clouds_folder / "lab.yaml").write_text("clouds: {acme: {auth: {auth_url: http://cloud.test/identity}}}\n")
    with pytest.raises(CloudConfigError, match="no usable credentials") as caught:
        opened("acme")
    assert "lab.yaml" in caught.value.mend


def test_an_entry_without_anything_is_refused(clouds_folder: Path) -> None:
    (clouds_folder / "lab.yaml").write_text("clouds: {acme: {}}\n")
    with pytest.raises(CloudConfigError, match="no usable credentials"):
        opened("acme")


def test_a_wrong_password_is_refused_and_not_shown(clouds_folder: Path, wire: Wire) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    wire.post(f"{URL}/identity/v3/auth/tokens", status_code=401, json={"error": {"code": 401, "message": "no", "title": "Unauthorized"}})
    with pytest.raises(CloudConfigError, match="refused the credentials") as caught:
        opened("acme")
    assert "correct-horse" not in str(caught.value)
    assert "lab.yaml" in caught.value.mend


@pytest.mark.parametrize("error", [requests.exceptions.ConnectionError("refused"), requests.exceptions.ConnectTimeout("late")])
def test_an_endpoint_that_does_not_answer_is_named(clouds_folder: Path, wire: Wire, error: Exception) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    wire.get(f"{URL}/identity", exc=error)
    wire.post(f"{URL}/identity/v3/auth/tokens", exc=error)
    with pytest.raises(CloudConfigError, match=f"no Identity service answers at {URL}/identity") as caught:
        opened("acme")
    assert "auth_url" in caught.value.mend


def test_an_address_where_something_else_answers_is_named(clouds_folder: Path, wire: Wire) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    wire.get(f"{URL}/identity", status_code=404, text="nothing here")
    wire.post(f"{URL}/identity/auth/tokens", status_code=404)
    with pytest.raises(CloudConfigError, match="no Identity service answers"):
        opened("acme")


def test_a_certificate_that_nobody_trusts_asks_for_the_authority(clouds_folder: Path, wire: Wire) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    untrusted = requests.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed certificate"))
    wire.get(f"{URL}/identity", exc=untrusted)
    wire.post(f"{URL}/identity/v3/auth/tokens", exc=untrusted)
    with pytest.raises(CloudConfigError, match="nobody here trusts the certificate") as caught:
        opened("acme")
    assert "cacert" in caught.value.mend


def test_a_file_of_the_authority_that_is_missing_is_said(clouds_folder: Path) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY.replace("http:", "https:") + "    cacert: /no/such/file.pem\n")
    with pytest.raises(CloudConfigError, match=r"cloud acme: .*/no/such/file\.pem") as caught:
        opened("acme")
    assert "cacert" in caught.value.mend


def test_password_and_token_are_known_as_secrets(clouds_folder: Path, wire: Wire) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    opened("acme")
    assert redact.redact("correct-horse and token-of-alice") == f"{redact.BLOT} and {redact.BLOT}"


def test_every_request_names_the_program_and_the_cells_request(clouds_folder: Path, wire: Wire) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    wire.get(f"{URL}/network/v2.0/networks", json={"networks": []})
    connection = connect(entry("acme"), "req-11111111-2222-3333-4444-555555555555")
    authorize(connection, entry("acme"))
    list(connection.network.networks())
    headers = wire.request_history[-1].headers
    assert headers["X-Openstack-Request-ID"] == "req-11111111-2222-3333-4444-555555555555"
    assert headers["User-Agent"].startswith("interop-harness/")


def test_requests_have_an_end_unless_the_entry_says_otherwise(clouds_folder: Path) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    assert connect(entry("acme")).config.config["api_timeout"] == 60
    (clouds_folder / "lab.yaml").write_text(ENTRY + "    api_timeout: 7\n")
    assert connect(entry("acme")).config.config["api_timeout"] == 7


def test_the_environments_file_does_not_come_before_the_one_that_has_the_entry(
    clouds_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (clouds_folder / "lab.yaml").write_text(ENTRY)
    other = clouds_folder.parent / "other.yaml"
    other.write_text(json.dumps({"clouds": {"other": {"auth": {}}}}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(other))
    assert connect(entry("acme")).config.config["auth"]["username"] == "alice"
