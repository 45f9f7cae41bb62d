# SPDX-License-Identifier: MIT
"""What the tests of the prompt share."""

from __future__ import annotations

import pytest

from nsh.registry import Registry
from tests.repl.fakes import FakeSession
from tests.repl.vocabulary import VOCABULARY


@pytest.fixture
def vocabulary() -> Registry:
    """A few commands of the usual shapes."""
    return VOCABULARY


@pytest.fixture
def session() -> FakeSession:
    """Three places, two variables, three programs."""
    return FakeSession()
