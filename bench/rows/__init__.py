# SPDX-License-Identifier: MIT
"""The rows of the table, one module for each thing measured."""
