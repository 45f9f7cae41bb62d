# SPDX-License-Identifier: MIT
"""What tests of commands share."""

from tests.stranger import stranger as stranger
