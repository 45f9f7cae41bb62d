# SPDX-License-Identifier: MIT
"""What Sphinx is told; it builds from the sources that `docs.site.sources` prepares, not from the repository itself."""

from __future__ import annotations

import nsh
from docs.site.pages import HERE, WORK

project = "nsh"
author = "the nsh authors"
release = version = nsh.__version__

extensions = ["myst_parser", "docs.site.extension"]
root_doc = "index"
source_suffix = {".md": "markdown"}
templates_path = [str(HERE / "templates")]
smartquotes = False  # what stands in a page can be typed
nitpicky = True
today_fmt = ""

myst_heading_anchors = 4

language = "en"
locale_dirs = [str(WORK / "locale")]
gettext_compact = False  # one catalogue for each page
gettext_location = False  # a line that is added moves no other
gettext_uuid = False

highlight_language = "none"
pygments_style = "docs.site.colours.Day"
pygments_dark_style = "docs.site.colours.Night"

html_theme = "furo"
html_title = "nsh"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_js_files = [("copy.js", {"defer": "defer"})]
html_favicon = str(HERE / "static" / "mark.svg")
html_use_index = False
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_theme_options = {"top_of_page_buttons": ["edit"]}
