# SPDX-License-Identifier: MIT
"""The processes that stand in the namespaces, and how the prompt talks to them."""
