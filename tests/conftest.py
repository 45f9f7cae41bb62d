# SPDX-License-Identifier: MIT
"""What every test can use, and what is asked of every test.

Fixtures: `nsh` runs the real program over pipes, `shell` on a terminal, `browser` shows a page in a real browser.
After each test marked `real` or `terminal` nothing may be left behind.
As root the whole run moves into private namespaces first (tests/private.py).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.terminal import TerminalReporter
from hypothesis import settings

from tests import leaks, private
from tests.program import TIMEOUT, Program, Shell, scratch_environment

if TYPE_CHECKING:
    from tests.browser.chromium import Chromium, Page

MAY_BE_MISSING = ("dot", "netem", "vlan", "dummy", "ipvlan", "wireguard", "AppArmor", "listns", "kernel.pid_max")
"""A skip in CI, as root, may begin with one of these words and with nothing else."""

LONGEST = 4 * TIMEOUT
LONGEST_SLOW = 60 * TIMEOUT
"""Seconds after which a test that hangs is ended."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """As root: start again in namespaces of the run's own."""
    if os.geteuid() != 0 or private.is_inside() or config.option.collectonly:
        return
    config.pluginmanager.getplugin("capturemanager").stop_global_capturing()
    argv = private.wrapped([sys.executable, "-m", "pytest", *config.invocation_params.args])
    os.execvp(argv[0], argv)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is for another user: `root` when we are not, `rootless` when we are."""
    other = "rootless" if os.geteuid() == 0 else "root"
    left_out = [item for item in items if item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker(other)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skip that is not on the list is a failure: it would hide what was not tested."""
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None and os.environ.get("CI") == "true" and private.is_inside():
        unlisted = [reason for reason in skip_reasons(reporter) if not reason.startswith(MAY_BE_MISSING)]
        if unlisted and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        for reason in unlisted:
            reporter.write_line(f"\nskipped in CI, and not on the list of what may be: {reason}", red=True)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Tell `make test` how it went, for its last lines."""
    if path := os.environ.get("NSH_TESTS_SUMMARY"):
        parts, _ = terminalreporter.build_summary_stats_line()
        Path(path).write_text(", ".join(text for text, _ in parts))


def skip_reasons(reporter: TerminalReporter) -> Iterator[str]:
    """Why each skipped test was skipped."""
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        yield reason.removeprefix("Skipped: ")


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that makes real things leaves none of them behind."""
    with watched(request.node):
        yield


class EveryTest:
    """What holds for all that is run: functions here, and the pages of docs/transcripts, where no fixture reaches."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """End what hangs; watch what is no function."""
        with ended_after(LONGEST_SLOW if item.get_closest_marker("slow") else LONGEST):
            if isinstance(item, pytest.Function):
                yield
            else:
                with watched(item):
                    yield


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Fail a test that takes longer than anything here may take."""

    def too_long(*_: object) -> None:
        pytest.fail(f"still not done after {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def pytest_configure(config: pytest.Config) -> None:
    """Have everything watched that this run collects."""
    config.pluginmanager.register(EveryTest())
    # Of examples that failed nothing is kept beside the tree: not everybody who runs the tests may write there.
    settings.register_profile("nowhere", database=None, print_blob=True)
    settings.load_profile("nowhere")
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:  # by nohup, or a shell's `&`
            signal.signal(number, lambda *_: None)  # we go on ignoring it; what tests start does not inherit that


@contextmanager
def watched(node: pytest.Item) -> Iterator[None]:
    """Fail when something of a real test is still there afterwards."""
    if not any(node.get_closest_marker(name) for name in ("real", "terminal")):
        yield
        return
    mark = f"{os.getpid()}:{node.nodeid}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(leaks.MARK, mark)
        before = leaks.footprint(mark)
        yield
        if found := leaks.left_behind(before, mark):
            leaks.kill_new_processes(before, mark)
            pytest.fail("left behind:\n" + "\n".join(found), pytrace=False)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The scratch environment the real program gets: nothing of ours but the test's mark."""
    mark = {leaks.MARK: os.environ[leaks.MARK]} if leaks.MARK in os.environ else {}
    return scratch_environment(tmp_path / "home", **mark)


@pytest.fixture
def nsh(environment: dict[str, str], tmp_path: Path) -> Program:
    """The real program over pipes: `nsh("-c", "new uts a").out`."""
    return Program(environment, tmp_path)


@pytest.fixture
def make_shell(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Shell]]:
    """The real prompt on a terminal, with arguments of the test's choice."""
    shells: list[Shell] = []

    def start(*argv: str, **more: str) -> Shell:
        shells.append(Shell({**environment, **more}, tmp_path, *argv))
        return shells[-1]

    yield start
    for shell in shells:
        shell.close()


@pytest.fixture
def shell(make_shell: Callable[..., Shell]) -> Shell:
    """The real prompt on a terminal: `shell.do("new uts a").status`."""
    return make_shell()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A headless Chromium, started once for all tests of pages."""
    from tests.browser import chromium  # selenium is only there for the slow tests

    if program := chromium.missing():
        pytest.skip(f"{program} is not installed")
    running = chromium.Chromium(tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture
def browser(chromium: Chromium) -> Iterator[Callable[..., Page]]:
    """Shows pages: `browser(path, width=360, dark=True)`. None may complain, or ask anything of another machine."""
    pages: list[Page] = []

    def show(*arguments: Any, **options: Any) -> Page:
        pages.append(chromium.page(*arguments, **options))
        return pages[-1]

    yield show
    problems = [problem for page in pages for problem in page.problems()]
    chromium.forget()
    assert problems == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a terminal said, escapes made visible, where a test failed."""
    report = yield
    shell = getattr(item, "funcargs", {}).get("shell")
    if isinstance(shell, Shell) and report.failed:
        report.sections.append(("terminal", repr(shell.log.getvalue())[-4000:]))
    return report
