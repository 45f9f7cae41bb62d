# SPDX-License-Identifier: MIT
"""`lab save` for engines that run labs on other machines: containerlab, clabernetes, Kathará."""

from __future__ import annotations

from nsh.errors import UsageError
from nsh.handover import clabernetes, containerlab, kathara, lablosses, losses, netem
from nsh.net.labplan import LabPlan
from nsh.printable import excerpt
from nsh.session import newfile
from nsh.session.labchanges import Changes
from nsh.session.newfolder import NewFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.net.shaping import Shape
    from nsh.session.labs import Lab
    from nsh.session.session import Session

_ENGINES = {module.ENGINE: module for module in (containerlab, clabernetes, kathara)}
SUFFIXES = (".clab.yml", ".clab.yaml")
"""Of a file that containerlab finds by itself."""
_LONGEST_IMAGE = 255
_IN_IMAGE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@")
_SCRIPT = "netem.sh"


class Saved:
    """What was written: `path`, the script beside it or None, `not_carried`, and what there is to say."""

    def __init__(self, path: str, script: str | None, not_carried: list[str], notes: list[str]) -> None:
        self.path = path
        self.script = script
        self.not_carried = not_carried
        self.notes = notes


def save(
    session: Session, lab: Lab, path: str, engine: str, *, image: str | None = None, strict: bool = False
) -> Saved:
    """Write what is left of a lab as an engine reads it: a file, or a folder for Kathará.

    With `strict` SessionError, and nothing written, where something is not
    carried. Raises UsageError, SessionError, NshError, Refused, HelperLost,
    KeyboardInterrupt; then nothing is written.
    """
    module = _ENGINES[engine]
    chosen = module.IMAGE if image is None else _image(image)
    with session.interrupts:
        work = _Work(session, lab, engine)
        script = _beside(path, engine) if work.shaped else None
        if script is not None:
            devices = lablosses.few(f"{name}:{device}" for name, device, _ in work.changes.shaped)
            work.losses.insert(0, f"{lab.name}: delay, loss and rate of {devices}; {script} sets them when it is up")
        notes = losses.told(work.losses, engine, strict=strict)
        work.write(path, script, chosen, notes)
    return Saved(path, script, work.losses, notes)


def _image(text: str) -> str:
    if not 0 < len(text) <= _LONGEST_IMAGE or not _IN_IMAGE.issuperset(text) or not text[0].isalnum():
        raise UsageError(f"--image {excerpt(text) or repr(text)}: not the name of an image", "--image alpine:3.22")
    return text


def _beside(path: str, engine: str) -> str:
    """Where delays are written: in the folder, or beside the file."""
    if engine == kathara.ENGINE:
        return f"{path.rstrip('/')}/{_SCRIPT}"
    for suffix in (".yaml", ".yml"):
        path = path.removesuffix(suffix)
    return f"{path}.{_SCRIPT}"


class _Work:
    """What is found of one lab, and what all are called there."""

    def __init__(self, session: Session, lab: Lab, engine: str) -> None:
        self.session = session
        self.engine = engine
        alive = {place.name for place in lab.alive(session)}
        self.plan: LabPlan = lab.plan.without([name for name in lab.plan.names if name not in alive])
        rule = _ENGINES[engine].RULE
        self.names = rule.fit(self.plan.names)
        # A lab is called as its owner likes in Kathará, where no part of it is a name of the system.
        self.lab = (lab.name, lab.name if engine == kathara.ENGINE else rule.fit([lab.name])[lab.name])
        self.changes = Changes(session, lab, self.plan)
        self.shaped: list[tuple[str, str, Shape]] = [
            (self.names[name], device, shape) for name, device, shape in self.changes.shaped
        ]
        self.losses = [*lablosses.of_plan(self.plan, self.lab, self.names), *self.changes.losses]
        if engine != kathara.ENGINE:
            self.losses += netem.not_in_tools(self.shaped)

    def write(self, path: str, script: str | None, image: str, notes: list[str]) -> None:
        """All files, or none. Raises NshError, SessionError, UsageError, KeyboardInterrupt."""
        remarks = [f"the lab {self.lab[0]} ({self.plan.shape}), written by `lab save` of nsh", *notes]
        if self.engine == kathara.ENGINE:
            self._write_folder(path, image, remarks)
            return
        write = clabernetes.write if self.engine == clabernetes.ENGINE else containerlab.write
        files = {path: (write(self.plan, self.names, self.lab, image, remarks), 0o666)}
        if script is not None:
            told = netem.clabernetes if self.engine == clabernetes.ENGINE else netem.containerlab
            files = {script: (told(self.lab[1], self.shaped), 0o777), **files}
        newfile.replace(self.session, files)

    def _write_folder(self, path: str, image: str, remarks: list[str]) -> None:
        files = kathara.write(self.plan, self.names, self.lab, image, remarks)
        with NewFolder(self.session, path) as folder:
            for name, text in files.items():
                folder.write(name, text)
            if self.shaped:
                folder.write(_SCRIPT, netem.kathara(self.shaped), 0o755)
