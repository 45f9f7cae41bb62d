# SPDX-License-Identifier: MIT
"""The commands of the prompt, one module per first word."""
