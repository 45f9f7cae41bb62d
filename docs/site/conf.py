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
# The light ones are in static/site.css; of these furo makes two rules, for the system's wish and for the reader's own.
_DARK = {
    "color-background-primary": "#0c1117",
    "color-background-secondary": "#10161e",
    "color-sidebar-background": "#0f151c",
    "color-foreground-primary": "#dbe2ea",
    "color-brand-primary": "#6fdcec",
    "color-brand-content": "#6fdcec",
    "color-brand-visited": "#b9a8ff",
    "color-inline-code-background": "#19222c",
    "color-sidebar-brand-text": "#dbe2ea",
    "nsh-line": "#233040",
    "nsh-soft": "#121a23",
    "nsh-block": "#11161d",
    "nsh-ink": "#eef3f8",
    "nsh-quiet": "#98a6b5",
    "nsh-accent": "#6fdcec",
    "nsh-on-accent": "#06262c",
    "nsh-shadow": "0 0 0 1px rgb(255 255 255 / 6%), 0 16px 40px -16px rgb(0 0 0 / 80%)",
}
html_theme_options = {"top_of_page_buttons": ["edit"], "dark_css_variables": _DARK}
