# SPDX-License-Identifier: MIT
"""What the site does beyond Sphinx: nsh's own colours, pictures of pages, two languages that know of each other."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

from docutils import nodes

from docs.site.pages import ROOT, tutorial
from docs.site.pictures import Picture, picture_of
from docs.site.searching import Chinese
from docs.site.wording import LANGUAGES, words
from nsh.highlighting import NshLexer
from nsh.repl.colours import places_in

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FRONT = "index"
_LEXER = NshLexer()


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this when it loads the extension."""
    app.add_search_language(Chinese)
    app.connect("config-inited", _choose_search)
    app.connect("builder-inited", _take_lexer)
    app.connect("doctree-resolved", _finish)
    app.connect("html-page-context", _know_the_other_language)
    return {"parallel_read_safe": True, "parallel_write_safe": False}


def _choose_search(app: Sphinx, config: object) -> None:
    app.config.html_search_language = "zh" if app.config.language.startswith("zh") else "en"


def _take_lexer(app: Sphinx) -> None:
    """Ours stands in for NSIS's, which goes by the same alias."""
    from sphinx.highlighting import lexers

    lexers["nsh"] = lexers["console"] = _LEXER


def _finish(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Called for each page right before it is written."""
    blocks = [block for block in doctree.findall(nodes.literal_block) if block.get("language") in ("nsh", "console")]
    _LEXER.places = places_in("\n".join(block.astext() for block in blocks))
    for block in blocks:
        _label_session(app, block)
    if docname in tutorial():
        _show_picture(app, doctree, docname)
    if docname == FRONT:
        _welcome(app, doctree)


def _label_session(app: Sphinx, block: nodes.literal_block) -> None:
    """Which of several terminals it is."""
    names = [name.removeprefix("session-") for name in block["classes"] if name.startswith("session-")]
    if names and block.parent is not None:
        label = words(app.config.language)["terminal"].format(html.escape(names[0]))
        block.parent.insert(block.parent.index(block), _raw(f'<p class="session-label">{label}</p>'))


def _show_picture(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """The moving picture of a page, its drawing, and the way to its play page, before the first part of the page."""
    picture = picture_of(docname, app.config.language)
    page = next(doctree.findall(nodes.section), None)
    if picture is None or page is None:
        return
    text = _figure(app, picture, "../../", app.env.titles[docname].astext())
    parts = [at for at, child in enumerate(page.children) if isinstance(child, nodes.section)]
    page.insert(parts[0] if parts else len(page), _raw(text))


def _figure(app: Sphinx, picture: Picture, root: str, title: str) -> str:
    said = words(app.config.language)
    root = root if app.config.language == "en" else f"../{root}"
    alt = html.escape(said["moving"].format(title))
    shown = [f'<div class="wide"><img src="{root}{picture.moving}" alt="{alt}"></div>' if picture.moving else ""]
    if picture.player:
        shown.append(f'<figcaption><a class="play" href="{root}{picture.player}">{said["play"]}</a></figcaption>')
    figure = f'<figure class="take">{"".join(shown)}</figure>' if any(shown) else ""
    if picture.drawing:
        alt = html.escape(said["drawing"].format(title))
        figure += f'<figure class="drawing"><img src="{root}{picture.drawing}" alt="{alt}"></figure>'
    return figure


def _welcome(app: Sphinx, doctree: nodes.document) -> None:
    """On the front page: the demo below the first paragraph, all lessons behind the first section."""
    section = next(doctree.findall(nodes.section))
    lead = next(at for at, child in enumerate(section.children) if isinstance(child, nodes.paragraph))
    section.children[lead]["classes"].append("lead")
    said = words(app.config.language)
    first, *_ = tutorial()
    demo = replace(picture_of("demo", app.config.language) or Picture(), drawing="")  # it is in the picture
    buttons = (
        f'<p class="buttons"><a class="button strong" href="{first}.html">{said["begin"]}</a>'
        f'<a class="button" href="docs/commands.html">{said["commands"]}</a></p>'
    )
    section.insert(lead + 1, _raw(_figure(app, demo, "", "nsh").replace('class="wide"', "") + buttons))
    parts = [at for at, child in enumerate(section.children) if isinstance(child, nodes.section)]
    section.insert(parts[0] + 1 if parts else len(section), _raw(_lessons(app)))


def _lessons(app: Sphinx) -> str:
    """A card for each tutorial page, with what the reading order says of it."""
    cards = [
        f'<a class="card" href="{page}.html"><span class="number">{number}</span>'
        f"<strong>{html.escape(title)}</strong><span>{html.escape(about)}</span></a>"
        for number, (page, title, about) in enumerate(_described(app), start=1)
    ]
    title = words(app.config.language)["lessons"]
    return f'<h2 class="lessons-title">{title}</h2><div class="lessons">{"".join(cards)}</div>'


def _described(app: Sphinx) -> list[tuple[str, str, str]]:
    """Page, title and one sentence or two, in the language of the build."""
    listed = next(app.env.get_doctree("docs/transcripts/README").findall(nodes.enumerated_list))
    about = [item.astext().partition(":")[2] or item.astext().partition("：")[2] for item in listed.children]
    pages = tutorial(ROOT)
    return [(page, app.env.titles[page].astext(), text.strip()) for page, text in zip(pages, about, strict=True)]


def _raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def _know_the_other_language(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, object], doctree: nodes.document | None
) -> None:
    """The same page in the other language, for the switch in the header."""
    up = "../" * pagename.count("/")
    if app.config.language == "en":
        other, href = "zh_CN", f"{up}{LANGUAGES['zh_CN'].folder}/{pagename}.html"
    else:
        other, href = "en", f"{up}../{pagename}.html"
    context["other_language"] = {"href": href, "name": LANGUAGES[other].name, "code": LANGUAGES[other].code}
