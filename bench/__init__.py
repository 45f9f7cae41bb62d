# SPDX-License-Identifier: MIT
"""Speed, side by side with the peers: `make bench`.

Each module of `bench.rows` has `ROWS`, a tuple of `Row`. A row opens two
sides, ours and the peer's; their answers are compared first, then they take
turns, so that whatever else the machine does hits both. What counts is the
ratio within each pair, and of these the median; never a time.
"""
