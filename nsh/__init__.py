# SPDX-License-Identifier: MIT
"""nsh: an interactive shell for Linux-namespace experiments."""

__version__ = "0.1.0"
