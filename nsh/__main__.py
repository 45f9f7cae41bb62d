# SPDX-License-Identifier: MIT
"""`python -m nsh` is `nsh`."""

from __future__ import annotations

import sys

from nsh.cli import main

if __name__ == "__main__":
    sys.exit(main())
