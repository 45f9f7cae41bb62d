# SPDX-License-Identifier: MIT
"""News for the notes: one line for each change, and nobody need listen."""

from __future__ import annotations

import os
import socket

from nsh.stage.orders import News, news_from_json
from nsh.stage.telling import Teller


def test_each_change_is_one_line_and_the_passing_of_time_is_none() -> None:
    """What is the same as before is not told again."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        teller = Teller(ours.fileno())
        for news in (News(1, 3, "waiting"), News(1, 3, "waiting", elapsed=5.0), News(2, 3, "running")):
            teller.tell(news)
        lines = theirs.recv(65536).decode().splitlines()
    assert [news_from_json(line).state for line in lines] == ["waiting", "running"]


def test_nobody_need_listen() -> None:
    """Not at all, no more, or not fast enough: the next line is whole."""
    Teller(None).tell(News(1, 1, "waiting"))
    ours, theirs = socket.socketpair()
    teller = Teller(ours.fileno())
    for number in range(5000):
        teller.tell(News(number, 5000, "waiting", diff="x" * 100))
    theirs.setblocking(False)
    read = theirs.recv(1 << 24)
    teller.tell(News(1, 1, "over"))
    *whole, _last = read.decode().splitlines()
    assert [news_from_json(line).step for line in whole] == list(range(len(whole)))
    assert len(whole) > 10
    theirs.close()
    teller.tell(News(2, 1, "over"))
    teller.tell(News(3, 1, "over"))
    os.fstat(ours.fileno())
    ours.close()
