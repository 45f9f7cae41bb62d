# SPDX-License-Identifier: MIT
"""Recordings: a page, or a session at the prompt, as a cast, a picture, a page of HTML, Markdown or plain text.

A transcript is played once, in its sandbox (`take`); what it showed becomes
`Event`s in a rhythm of our own (`rhythm`), not the machine's, so that the
same page gives the same recording. The writers turn events, or the steps
themselves, into files. Nothing is written that was not redacted first.
"""
