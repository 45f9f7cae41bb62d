# SPDX-License-Identifier: MIT
"""The kernel's calls, one thin function each, by the manual's names and without policy."""
