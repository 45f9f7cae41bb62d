# SPDX-License-Identifier: MIT
"""The docs site: the repository's own pages and transcripts, built by Sphinx with `make docs`."""
