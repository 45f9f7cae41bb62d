# SPDX-License-Identifier: MIT
"""What a line of nsh does, said in other tongues: shell, Go, C and Python, each to be run without nsh."""

from __future__ import annotations

from nsh.tongues.c import write as in_c
from nsh.tongues.c_script import write as script_in_c
from nsh.tongues.golang import write as in_go
from nsh.tongues.golang_script import write as script_in_go
from nsh.tongues.python import write as in_python
from nsh.tongues.python_script import write as script_in_python
from nsh.tongues.recipe import Recipe
from nsh.tongues.shell import write as in_shell
from nsh.tongues.shell_script import write as script_in_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nsh.tongues.acts import Act

TONGUES: dict[str, Callable[[Recipe], str]] = {
    "sh": in_shell,
    "go": in_go,
    "c": in_c,
    "py": in_python,
}
"""By the suffix of a file in that tongue."""

SCRIPTS: dict[str, Callable[[Sequence[Act], Sequence[str]], str]] = {
    "sh": script_in_shell,
    "py": script_in_python,
    "c": script_in_c,
    "go": script_in_go,
}
"""Programs that do what a whole session did; the second argument names what is left out."""
