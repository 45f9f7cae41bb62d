# SPDX-License-Identifier: MIT
"""The process that shows a page on the user's terminal, inside the sandbox made for it.

`python -m nsh.stage.show JOB RESULT`: both are inherited file descriptors
(nsh/stage/orders.py), so that neither needs a path that exists on both sides.
Status 0 whenever a result was written; after a signal there is none.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output
from prompt_toolkit.output.vt100 import Vt100_Output

from nsh.repl.visible import spell_hidden
from nsh.stage.board import Board
from nsh.stage.director import Director
from nsh.stage.keyboard import Key, Keyboard
from nsh.stage.live import LiveSession
from nsh.stage.orders import ON_STAGE, QUIT, Job, Result, job_from_json, result_to_json
from nsh.stage.performer import Performer
from nsh.stage.picture import Picture, style_of
from nsh.stage.programme import programme
from nsh.stage.telling import Teller
from nsh.transcript.alive import Living
from nsh.transcript.inside import FIRST_PID, HOME, begin_pids_at, environment_for
from nsh.transcript.judge import Judge
from nsh.transcript.parse import parse
from nsh.transcript.probes import answer

_SECOND = 1.0
_PASTE = "\x1b[200~{}\x1b[201~"


def main(argv: list[str]) -> int:
    """Shows the job of one descriptor and writes the result to the other."""
    job_fd, result_fd = int(argv[0]), int(argv[1])
    sys.excepthook = _say_what_broke
    with open(os.dup(job_fd), encoding="utf-8") as file:
        file.seek(0)
        job = job_from_json(file.read())
    for fd in (job_fd, result_fd):
        os.set_inheritable(fd, False)
    with TemporaryDirectory(prefix="nsh-play-") as folder:
        result = Show(job, folder).run()
    with open(result_fd, "w", encoding="utf-8") as file:
        file.write(result_to_json(result))
    return 0


class Show:
    """One show of one job. `folder` is for the settings of its sessions."""

    def __init__(self, job: Job, folder: str) -> None:
        self._job = job
        document = parse(Path(job.path), job.text)
        probes = {name: answer(name, job.mode).holds for name in document.probe_names()}
        judge = Judge(document, probes)
        self._environment = _environment(job, folder)
        living = Living(first_pid=FIRST_PID if job.sandbox and begin_pids_at(FIRST_PID) else None)
        self._board = Board(job, programme(document, judge.holds), job.carried, at=job.start_at)
        self._keyboard = Keyboard()
        performer = Performer(self._board, self._keyboard, judge, living, self._open)
        self._director = Director(self._board, self._keyboard, performer, self._stop)
        self._teller = Teller(job.events)
        self._picture = Picture(self._board)
        self._broken: BaseException | None = None

    def run(self) -> Result:
        """Shows it until the speaker leaves, or wants a fresh sandbox."""
        spell_hidden()
        self._app: Application[Result] = Application(
            layout=self._picture.layout,
            style=style_of(self._job.theme),
            include_default_pygments_style=False,
            key_bindings=self._bindings(),
            full_screen=True,
            refresh_interval=_SECOND,
            before_render=lambda _: self._picture.before_render(),
            input=create_input(),
            output=_output(),
        )
        self._app.ttimeoutlen = 0.05  # seconds; Escape need not wait for more
        self._board.on_change = self._changed
        return asyncio.run(self._run())

    async def _run(self) -> Result:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._handle)
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end, number)
        loop.add_signal_handler(signal.SIGCONT, self._draw_anew)
        leading = asyncio.ensure_future(self._lead())
        try:
            await self._app.run_async(set_exception_handler=False, handle_sigint=False)
        finally:
            leading.cancel()
            for live in self._board.sessions.values():
                live.kill()
        if leading.done() and not leading.cancelled():
            return leading.result()
        raise SystemExit(128 + signal.SIGTERM)

    async def _lead(self) -> Result:
        try:
            result = await self._director.direct()
            if result.ending == QUIT or not self._job.sandbox:
                await self._director.close()
            return result
        finally:
            if self._app.is_running and not self._app.is_done:
                self._app.exit()

    def _handle(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A mistake of ours in the middle of the show: end it, and say so."""
        self._broken = context.get("exception")
        if self._app.is_running and not self._app.is_done:
            self._app.exit(exception=self._broken or RuntimeError(context["message"]))

    def _end(self, number: int) -> None:
        """A signal that ends us."""
        if self._app.is_running and not self._app.is_done:
            self._app.exit(exception=SystemExit(128 + number))

    def _draw_anew(self) -> None:
        """The shell had the terminal meanwhile: nothing of the picture is left."""
        self._app.renderer.erase(leave_alternate_screen=False)
        self._app.invalidate()

    def _stop(self) -> None:
        """The shell gets the terminal meanwhile; when it is ours again it has to be raw, and drawn anew."""
        fd = self._app.input.fileno()
        modes = termios.tcgetattr(fd)
        os.kill(os.getpid(), signal.SIGSTOP)
        termios.tcsetattr(fd, termios.TCSADRAIN, modes)
        self._app.renderer.clear()
        self._app.invalidate()

    def _changed(self) -> None:
        self._teller.tell(self._board.news())
        self._app.invalidate()

    def _open(self, name: str) -> LiveSession:
        argv = [sys.executable, "-P", "-m", "nsh"]
        return LiveSession(name, argv, self._environment, lambda: self._app.invalidate(), self._job.scale)

    def _bindings(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add(Keys.Any, eager=True)
        def _press(event: KeyPressEvent) -> None:
            for press in event.key_sequence:
                name = press.key.value if isinstance(press.key, Keys) else press.key
                data = _PASTE.format(press.data) if press.key is Keys.BracketedPaste else press.data
                self._keyboard.press(Key(name, data))

        return keys


def _output() -> Output:
    """The terminal. Who started us switches to its second screen, before the first show and after the last."""

    class Stage(Vt100_Output):
        def enter_alternate_screen(self) -> None:
            """Done already."""

        def quit_alternate_screen(self) -> None:
            """Another show may follow."""

    return Stage.from_pty(sys.stdout, enable_bell=False)


def _environment(job: Job, folder: str) -> dict[str, str]:
    """That of `nsh test`, with the colours for a projector, where a suggestion would look like something typed."""
    Path(HOME).mkdir(exist_ok=True)
    (Path(folder) / "nsh").mkdir()
    settings = f'[settings]\ntheme = "{job.theme}"\nsuggest = "off"\n'
    (Path(folder) / "nsh/config.toml").write_text(settings, encoding="utf-8")
    return environment_for(job.imports, job.sandbox) | {"XDG_CONFIG_HOME": folder, ON_STAGE: "1"}


def _say_what_broke(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    """One honest line; the trace is for whoever asks for it."""
    if os.environ.get("NSH_TRACEBACK"):
        sys.__excepthook__(kind, problem, trace)
        return
    sys.stderr.write(f"nsh play: broke off, which is a mistake in nsh: {kind.__name__}: {problem}\r\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
