"""Programs that tests start can be interrupted, even where the tests were started with SIGINT ignored (as a shell does with `&`)."""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
