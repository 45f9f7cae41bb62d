# SPDX-License-Identifier: MIT
"""Who has the terminal (tcsetpgrp(3), credentials(7)): handing it over, and stopping as a job that gets it back."""

from __future__ import annotations

import _signal
import os


def give_terminal(group: int) -> None:
    """Put a process group in the foreground of the terminal on 0, also from the background."""
    mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGTTOU,))
    try:
        os.tcsetpgrp(0, group)
    except OSError:
        pass  # no terminal, or it has hung up
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)


def set_modes(modes: list[object] | None) -> None:
    """Set the modes of the terminal on 0, if any are known (tcsetattr(3)), also from the background."""
    if modes is None:
        return
    from termios import TCSADRAIN, error, tcsetattr

    mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGTTOU,))
    try:
        tcsetattr(0, TCSADRAIN, modes)  # type: ignore[arg-type]
    except error:
        pass  # hung up: nobody is left to see them
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)


def stop_as_job() -> None:
    """Stop, until our shell gives us the terminal: continued by `bg`, we may not take the keys from who has them."""
    os.kill(os.getpid(), _signal.SIGSTOP)
    while not _is_in_front():
        os.kill(os.getpid(), _signal.SIGSTOP)


def _is_in_front() -> bool:
    """Has the terminal been given to us? Also where there is none any more."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return True
