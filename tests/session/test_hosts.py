# SPDX-License-Identifier: MIT
"""Names of hosts in files such as /etc/hosts."""

from __future__ import annotations

import _socket

from hypothesis import given
from hypothesis import strategies as st

from nsh.session.hosts import in_hosts_file

TEXT = """\
127.0.0.1 localhost
fd00::2 h2 # a comment: 10.9.9.9 h2
10.0.0.2\tH2.lab h2
nonsense h2
10.0.0.3 # h2
"""


def test_a_name_has_the_addresses_of_its_lines() -> None:
    """IPv4 first, upper and lower case alike, comments and broken lines left out (hosts(5))."""
    assert in_hosts_file(TEXT, "h2") == [(_socket.AF_INET, "10.0.0.2"), (_socket.AF_INET6, "fd00::2")]
    assert in_hosts_file(TEXT, "h2.lab") == [(_socket.AF_INET, "10.0.0.2")]
    assert in_hosts_file(TEXT, "h3") == []


@given(st.text(max_size=100), st.text(min_size=1, max_size=5))
def test_no_file_breaks_the_reading(text: str, name: str) -> None:
    """It is a file of the place: anybody may have written it."""
    in_hosts_file(f"{text}\n10.0.0.1 {name}\n{text}", name)
