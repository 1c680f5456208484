"""The wire is shared by the tests of everything that speaks to a cloud."""

from tests.unit.project import project
from tests.unit.wire import clouds_folder, connection, wire

__all__ = ["clouds_folder", "connection", "project", "wire"]
