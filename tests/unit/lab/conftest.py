"""A lab that is this machine itself: its files in a folder of the test's, its processes those of the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import find_specs
from harness.lab.paths import Cache


class Here(Bundle):
    """A bundle that is this machine itself."""

    def inside(self, path: str) -> Path:
        return Path(path)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return Here("test", Cache(tmp_path))


@pytest.fixture
def clouds(bundle: Bundle) -> list[Cloud]:
    made = [Cloud(bundle, spec) for spec in find_specs().values()]
    for cloud in made:
        cloud.make_folders()
        (cloud.folder / "etc/spec.json").write_text(cloud.spec.model_dump_json(), encoding="utf-8")
    return made
