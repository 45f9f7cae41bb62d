# SPDX-License-Identifier: MIT
"""Builds the site in build/site: `make docs`, or `python -m docs.site`."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from docs.site.catalogues import CATALOGUES
from docs.site.pages import HERE, ROOT, WORK, tutorial
from docs.site.pictures import FOLDER, PLAYED
from docs.site.playing import play_all
from docs.site.sources import prepare
from docs.site.wording import LANGUAGES
from nsh.transcript.document import BadDocument

SITE = ROOT / "build" / "site"
_DRAFT = WORK / "site"


def main(argv: Sequence[str]) -> int:
    """Build everything; 1, after a line that says why, where that is not possible."""
    try:
        return build(play="--no-play" not in argv)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (BadDocument, OSError) as problem:
        print(f"docs: {problem}", file=sys.stderr)
        return 1


def build(*, play: bool) -> int:
    """Everything; 1 where Sphinx has something to say. Without `play` what has been played before is shown.

    Raises BadDocument for a page that cannot be read, and OSError.
    """
    began = time.monotonic()
    prepare(WORK / "source")
    _copy_catalogues(WORK / "locale")
    if play:
        play_all([ROOT / f"{page}.md" for page in tutorial()] + [HERE / "demo.md"])
    shutil.rmtree(_DRAFT, ignore_errors=True)
    for language in LANGUAGES:
        if status := _sphinx(language):
            return status
    if PLAYED.exists():
        shutil.copytree(PLAYED, _DRAFT / FOLDER)
    shutil.rmtree(SITE, ignore_errors=True)
    _DRAFT.rename(SITE)
    print(f"build/site: {time.monotonic() - began:.0f} s; open build/site/index.html")
    return 0


def _copy_catalogues(target: Path) -> None:
    """Sphinx writes its compiled catalogues beside them, so they are copied out of the repository."""
    folder = CATALOGUES.relative_to(HERE / "locale")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(CATALOGUES, target / folder)


def _sphinx(language: str) -> int:
    """One language; a warning is an error. All is read anew, for a page may show what another one says."""
    argv = ["-q", "-W", "--keep-going", "-E", "-b", "html", "-D", f"language={language}", "-c", str(HERE)]
    argv += ["-d", str(WORK / f"trees-{language}"), str(WORK / "source"), str(_DRAFT / LANGUAGES[language].folder)]
    return subprocess.run([sys.executable, "-m", "sphinx", *argv], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
