"""Imported before any other module of Nova: chooses native threads, as Nova's own commands do in their first line."""

from importlib import import_module

import_module("nova.monkey_patch").patch(backend="threading")
