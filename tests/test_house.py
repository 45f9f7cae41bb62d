# SPDX-License-Identifier: MIT
"""The rules of the house: linters, types, layers, and what a start may cost."""

from __future__ import annotations

import ast
import functools
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.program import NSH, Program

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("nsh", "commands", "tests", "bench", "docs/site")
IS_LINK = "nsh/commands/"
MODULES = sorted(path for name in FOLDERS for path in (ROOT / name).rglob("*.py") if IS_LINK not in str(path))
BANNED_NAMES = {"utils", "util", "common", "misc", "manager", "base"}
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60

NOT_AT_START = {
    "dataclasses",
    "typing",
    "enum",
    "re",
    "inspect",
    "json",
    "socket",
    "subprocess",
    "signal",
    "argparse",
    "shlex",
    "pathlib",
    "functools",
    "collections",
    "contextlib",
    "logging",
    "traceback",
    "prompt_toolkit",
    "pygments",
    "pyroute2",
    "asyncio",
    "pexpect",
    "ptyprocess",
    "pyte",
    "rich",
}
"""What a one-shot must never import: each costs a noticeable part of the interpreter's own start."""


def run(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A tool, run at the top of the checkout, with the programs of our environment first on PATH."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        argv, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path, **environment}
    )


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(["ruff", "check", "--quiet"], id="ruff"),
        pytest.param(["ruff", "format", "--check", "--quiet"], id="format"),
        pytest.param(["mypy"], id="mypy"),
        pytest.param(["lint-imports", "--no-cache"], id="layers"),
    ],
)
def test_a_linter_has_nothing_to_say(argv: list[str]) -> None:
    """ruff, its formatter, mypy --strict and the import contract are content."""
    done = run(*argv)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_keeps_the_rules_of_the_house(path: Path) -> None:
    """Licence line, docstring, length, name: one glance says what a module is for."""
    text = path.read_text()
    tree = ast.parse(text)
    assert text.startswith("# SPDX-License-Identifier: MIT\n")
    assert ast.get_docstring(tree), "no docstring"
    assert text.count("\n") <= LONGEST_MODULE
    assert not BANNED_NAMES & {path.stem, path.parent.name}
    assert list(long_functions(tree)) == []


def long_functions(tree: ast.Module) -> Iterator[str]:
    """The functions that no longer fit on a screen."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{node.name}: {length} lines"


def test_the_environment_costs_nothing_at_start() -> None:
    """The editable install is a line in a .pth file, not an import hook, and nothing else hooks into the start."""
    places = [Path(place) for place in sys.path if place.endswith("site-packages")]
    lines = [line for place in places for path in place.glob("*.pth") for line in path.read_text().splitlines()]
    assert [line for line in lines if line.startswith("import")] == []


@pytest.mark.real
@pytest.mark.parametrize("line", ["new user,uts a", "help"])
def test_a_one_shot_imports_nothing_heavy(line: str, nsh: Program) -> None:
    """`nsh -c` loads none of the modules on the list, in no process it makes."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", NSH, "-c", line],
        capture_output=True,
        text=True,
        check=True,
        env=nsh.environment,
    )
    loaded = set(re.findall(r"^import time:[ \d]+\|[ \d]+\| +(\S+)$", done.stderr, re.MULTILINE))
    assert "nsh.cli" in loaded
    assert {name for name in loaded if name.split(".")[0] in NOT_AT_START} == set()


def test_what_is_imported_is_declared_and_explained() -> None:
    """The runtime dependencies are exactly the packages that nsh imports, and each has its line in the decisions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {normal(re.split(r"[<>=\[ ]", line)[0]) for line in project["dependencies"]}
    ours = [path for path in MODULES if path.is_relative_to(ROOT / "nsh") or path.is_relative_to(ROOT / "commands")]
    ours.remove(ROOT / "nsh/transcript/pytest_plugin.py")  # whoever loads it has pytest
    ours.remove(ROOT / "nsh/highlighting.py")  # and this one Pygments
    owners = packages_distributions()
    imported = {normal(owners[top][0]) for path in ours for top in imports(path) if top != "nsh" and top in owners}
    assert imported == declared
    explained = set(
        re.findall(r"^\| (\S+) \|", (ROOT / "docs/decisions/001-dependencies.md").read_text(), re.MULTILINE)
    )
    assert declared <= {normal(name) for name in explained}


ONLY_IN = {
    "ctypes": ("nsh/kernel/",),
    "pexpect": ("nsh/transcript/", "nsh/stage/"),
    "prompt_toolkit": ("nsh/repl/", "nsh/stage/"),
    "pygments": ("nsh/highlighting.py",),
    "pyroute2": ("nsh/net/",),
    "pyte": ("nsh/recording/", "nsh/stage/"),
}


def test_each_library_has_its_users() -> None:
    """The layers a library belongs to are the only ones that import it."""
    strays = [
        f"{path.relative_to(ROOT)} imports {top}"
        for path in MODULES
        for top in sorted(imports(path))
        if top in ONLY_IN and path.relative_to(ROOT).parts[0] in ("nsh", "commands")
        if not str(path.relative_to(ROOT)).startswith(ONLY_IN[top])
    ]
    assert strays == []


@pytest.mark.parametrize("path", sorted((ROOT / "commands").glob("*.py")), ids=lambda path: path.stem)
def test_a_command_asks_the_session_and_never_the_machine(path: Path) -> None:
    """Commands return results: they do not print, and reach the system only through the layers below."""
    assert imports(path) & {"os", "sys", "ctypes", "socket", "subprocess", "termios", "prompt_toolkit"} == set()
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert [call.id for call in calls if isinstance(call, ast.Name) and call.id in ("print", "open")] == []


def normal(name: str) -> str:
    """A distribution's name as PyPI compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.cache
def imports(path: Path) -> frozenset[str]:
    """The top-level names a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return frozenset(found)


def test_a_wheel_holds_everything_nsh_needs(tmp_path: Path) -> None:
    """Built from a copy of the tree, the wheel has every module of nsh, the commands as real files, and the program."""
    tree = tmp_path / "tree"
    run(
        "cp",
        "--archive",
        "--parents",
        "nsh",
        "commands",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "docs/nsh.1",
        str(make(tree)),
    )
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(Path(sys.prefix) / "wheels")}
    done = run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(tree), **offline)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    needed = {str(path.relative_to(ROOT)) for path in (ROOT / "nsh").rglob("*.py")}
    needed |= {f"nsh/{path.relative_to(ROOT)}" for path in (ROOT / "commands").rglob("*.py")}
    needed |= {str(path.relative_to(ROOT)) for path in (ROOT / "nsh/recording/assets").iterdir()}
    assert needed - held == set()
    stem = wheel.name.split("-py3")[0]
    assert {name.split("/")[0] for name in held} == {"nsh", f"{stem}.dist-info", f"{stem}.data"}
    assert [name for name in held if ".data/" in name] == [f"{stem}.data/data/share/man/man1/nsh.1"]


def make(folder: Path) -> Path:
    """The folder, made."""
    folder.mkdir()
    return folder


@pytest.mark.parametrize("path", sorted((ROOT / "nsh").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_python_is_not_started_with_the_folder_one_works_in_on_its_path(path: Path) -> None:
    """`python -m` looks there first: a json.py in somebody else's folder would be run. -P or -I keeps it out."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if re.search(r'"-m",? "', line):
            assert '"-P"' in line or '"-I"' in line, line
