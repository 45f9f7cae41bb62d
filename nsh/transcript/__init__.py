# SPDX-License-Identifier: MIT
"""Transcripts: Markdown pages whose sessions are played on a real prompt and compared.

The way of a page through this package: `parse` reads it into a `Document`;
`run` types its commands at an nsh on a `terminal` and keeps what each step
showed as an `Observation`; `judge` compares that with what the page says, by
`expected` lines whose `tokens` (inodes, pids, …) stand for values that are
bound once and hold for the whole page; `report` says what differs, `update`
writes it into the page. Everything but `run`, `terminal`, `probes` and
`alive` is pure.
"""
