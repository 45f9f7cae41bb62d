# SPDX-License-Identifier: MIT
"""What Sphinx is told; it builds from the sources that `docs.site.sources` prepares, not from the repository itself."""

from __future__ import annotations

from pathlib import Path

import nsh

project = "nsh"
author = "the nsh authors"
project_copyright = author
release = version = nsh.__version__

extensions = ["myst_parser"]
root_doc = "index"
source_suffix = {".md": "markdown"}
exclude_patterns: list[str] = []
smartquotes = False  # what stands in a page can be typed
nitpicky = True

myst_heading_anchors = 4
myst_links_external_new_tab = False

language = "en"
locale_dirs = [str(Path(__file__).parent / "locale")]
gettext_compact = False  # one catalogue for each page
gettext_location = False  # a line that is added moves no other
gettext_uuid = False

highlight_language = "none"
html_title = "nsh"
html_theme = "furo"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
