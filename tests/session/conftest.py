# SPDX-License-Identifier: MIT
"""What tests of the session share."""

from tests.stranger import stranger as stranger
