# SPDX-License-Identifier: MIT
"""Labs as network scenarios of Kathará, in a folder: lab.conf and a NAME.startup for each device; and back.

Devices are wired by collision domains, so each link is one of two ends. All
interfaces are called eth0, eth1 … there until a line of the .startup gives
them another name. Megalos reads the same folder on Kubernetes.
https://github.com/KatharaFramework/Kathara/wiki/lab.conf
"""

from __future__ import annotations

import re
import shlex

from nsh.errors import UsageError
from nsh.handover import drawing, iplines
from nsh.handover.naming import Rule
from nsh.names import check_name
from nsh.net import labwords
from nsh.net.labplan import DEFAULT_NETWORK, LabPlan
from nsh.printable import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsh.handover.iplines import Wrong
    from nsh.net.labplan import Link

    Ends = list[tuple[str, Link]]

ENGINE = "Kathará"
IMAGE = "kathara/base"
RULE = Rule("_", 30, is_lower=True, taken=("shared", "_test"))
CONF = "lab.conf"
STARTUP, SHUTDOWN = ".startup", ".shutdown"
NOT_CARRIED = ("lab.ext", "lab.dep", "shared.startup", "shared.shutdown")
"""Files of a scenario that say what no lab of nsh has."""

_VARIABLE_NAME, _VARIABLE_TYPES = "NSH_NAME", "NSH_WITH"
_METADATA = ("LAB_NAME", "LAB_DESCRIPTION", "LAB_VERSION", "LAB_AUTHOR", "LAB_EMAIL", "LAB_WEB")
_UNUSED = ("image", "mem", "cpus", "ipv6", "num_terms", "shell", "entrypoint", "ulimit")
_LONGEST_LINE = 1000
"""Blanks that a quote follows take `_ENTRY` the square of their number."""
_ENTRY = re.compile(r"(?P<key>[a-z0-9_]{1,30})\[(?P<arg>\w+)\]=([\"']?)(?P<value>[^\"']+)(\3)(\s+#.*)?")
_DOMAIN = re.compile(r"\w+", re.ASCII)
_NETWORK = re.compile(r"nsh: addresses of (\S+)")


# Writing.


def write(
    plan: LabPlan, names: dict[str, str], lab: tuple[str, str], image: str, remarks: Sequence[str]
) -> dict[str, str]:
    """{name: text} of the files; `names` say what all are called there, `remarks` become comments.

    UsageError where a link leads from a host to itself, which no collision domain does.
    """
    ends = iplines.ends_of(plan)
    numbers = {name: _numbers(found) for name, found in ends.items()}
    lines = [*(f"# {remark}" for remark in remarks), f'LAB_NAME="{lab[0]}"']
    if plan.network != DEFAULT_NETWORK:
        lines.append(f'LAB_DESCRIPTION="nsh: addresses of {plan.network[0]}/{plan.network[1]}"')
    for name in plan.names:
        lines.append(f'{names[name]}[image]="{image}"')
        if names[name] != name:
            lines.append(f'{names[name]}[env]="{_VARIABLE_NAME}={name}"')
        if name in plan.hosts and plan.hosts[name].also:
            lines.append(f'{names[name]}[env]="{_VARIABLE_TYPES}={",".join(plan.hosts[name].also)}"')
    for number, link in enumerate(plan.links, 1):
        if link.near[0] == link.far[0]:
            raise UsageError(f"{link}: a collision domain of {ENGINE} has no device twice", "save it for containerlab")
        for (name, device), mac in zip(link.ends, link.macs, strict=True):
            address = "" if mac is None else f"/{mac.hex(':')}"
            lines.append(f'{names[name]}[{numbers[name][device]}]="l{number}{address}"')
    files = {CONF: "\n".join(lines) + "\n"}
    for name in plan.names:
        commands = _startup(plan, name, ends[name], numbers[name])
        if commands:
            files[f"{names[name]}{STARTUP}"] = "".join(f"{shlex.join(command)}\n" for command in commands)
    return files


def _numbers(ends: Ends) -> dict[str, int]:
    """{device: its number there}, from 0 without a gap: eth2 is 2 where it can be."""
    kept = {f"eth{number}": number for number in range(len(ends))}
    found = {device: kept[device] for device, _ in ends if device in kept}
    left = iter(sorted(set(range(len(ends))) - set(found.values())))
    return {device: found[device] if device in found else next(left) for device, _ in ends}


def _startup(plan: LabPlan, name: str, ends: Ends, numbers: dict[str, int]) -> list[list[str]]:
    """The lines of a device: other names first, then MTUs, then all as everywhere."""
    lines: list[list[str]] = []
    for device, number in numbers.items():
        if device != f"eth{number}":
            old = ["ip", "link", "set", "dev", f"eth{number}"]
            lines += [[*old, "down"], [*old, "name", device], ["ip", "link", "set", "dev", device, "up"]]
    for device, link in ends:
        if link.mtu is not None:
            lines.append(["ip", "link", "set", "dev", device, "mtu", str(link.mtu)])
    if name in plan.hosts:
        return lines + iplines.of_host(plan.hosts[name], ends)
    return lines + iplines.of_switch(plan.switches[name], ends)


# Reading.


class _Device:
    """What lab.conf says of a device: interfaces by number, each (collision domain, hardware address, line)."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.interfaces: dict[int, tuple[str, bytes | None, int]] = {}
        self.variables: dict[str, str] = {}


class Reader:
    """Reads one scenario; `remarks` says what of it means nothing here.

    `labels` are the devices, known when lab.conf has been read: their .startup files come next.
    """

    def __init__(self, folder: str, prefix: str) -> None:
        self.remarks: list[str] = []
        self._folder = folder
        self._prefix = prefix
        self._devices: dict[str, _Device] = {}
        self._domains: dict[str, dict[str, int]] = {}
        self._drawing = drawing.Drawing()
        self._name: str | None = None

    @property
    def labels(self) -> list[str]:
        """The devices."""
        return list(self._devices)

    def _at(self, filename: str, line: int) -> Wrong:
        return lambda what, hint: UsageError(f"{self._folder}/{filename}:{line}: {what}", hint)

    def take_conf(self, text: str) -> None:
        """Read lab.conf. UsageError with FILE:LINE."""
        for number, line in enumerate(text.split("\n"), 1):
            plain = line.strip()
            if plain and not plain.startswith("#"):
                self._conf_line(plain, number)
        if not self._devices:
            raise UsageError(f"{self._folder}/{CONF}: no devices")
        for label, device in self._devices.items():
            self._check_numbers(label, device)
            self._add(label, device)
        said = {word for device in self._devices.values() for word in device.variables}
        self.remarks += drawing.unused(said.intersection(_UNUSED))

    def _conf_line(self, line: str, number: int) -> None:
        wrong = self._at(CONF, number)
        if len(line) > _LONGEST_LINE:
            raise wrong(f"{excerpt(line)}: a line has at most {_LONGEST_LINE} characters", None)
        key, _, value = line.partition("=")
        if key in _METADATA:
            self._metadata(key, value.strip().strip("\"'"), wrong)
            return
        found = _ENTRY.fullmatch(line)
        if found is None:
            raise wrong(f"{excerpt(line)}: not DEVICE[NUMBER]=DOMAIN, DEVICE[OPTION]=VALUE or LAB_NAME=…", None)
        label, word, value = found["key"], found["arg"], found["value"]
        if label in RULE.taken:
            raise wrong(f"{label}: is a name that {ENGINE} keeps for itself", None)
        device = self._devices.setdefault(label, _Device(number))
        if word.isascii() and word.isdigit() and len(word) < 6:
            self._interface(label, int(word), value, number)
        elif word == "env" and value.partition("=")[0] in (_VARIABLE_NAME, _VARIABLE_TYPES):
            variable, _, content = value.partition("=")
            device.variables[variable] = content
        elif word in _UNUSED:
            device.variables[word] = value
        else:
            raise wrong(f"{excerpt(word)}: an option that no host of nsh has", f"read are {', '.join(_UNUSED)}")

    def _metadata(self, key: str, value: str, wrong: Wrong) -> None:
        if key == "LAB_NAME" and value:
            self._name = drawing.title(value, self.remarks)
        network = _NETWORK.fullmatch(value) if key == "LAB_DESCRIPTION" else None
        if network is not None:
            try:
                self._drawing.network = labwords.network(network[1])
            except UsageError as error:
                raise wrong(error.message, error.hint) from None

    def _interface(self, label: str, number: int, value: str, line: int) -> None:
        wrong = self._at(CONF, line)
        domain, slash, address = value.partition("/")
        if not _DOMAIN.fullmatch(domain):
            raise wrong(f"{excerpt(domain)}: a collision domain is called by letters, digits and _", None)
        try:
            mac = labwords.hardware(address) if slash else None
        except UsageError as error:
            raise wrong(error.message, error.hint) from None
        device = self._devices[label]
        if number in device.interfaces:
            raise wrong(f"{label}[{number}]: given twice", None)
        members = self._domains.setdefault(domain, {})
        if label in members:
            raise wrong(f"{label} is in the collision domain {domain} twice", None)
        members[label] = number
        device.interfaces[number] = domain, mac, line

    def _check_numbers(self, label: str, device: _Device) -> None:
        missing = next((number for number in range(len(device.interfaces)) if number not in device.interfaces), None)
        if missing is not None:
            raise self._at(CONF, device.line)(f"{label}: interface {missing} is missing; they count from 0", None)

    def _add(self, label: str, device: _Device) -> None:
        wrong = self._at(CONF, device.line)
        name = _checked(self._prefix + device.variables.get(_VARIABLE_NAME, label), wrong)
        node = drawing.Node(name, wrong)
        if _VARIABLE_TYPES in device.variables:
            try:
                node.also = drawing.also_of(device.variables[_VARIABLE_TYPES])
            except UsageError as error:
                raise wrong(error.message, error.hint) from None
        self._drawing.add(label, node)

    def take_startup(self, label: str, text: str) -> None:
        """Read the .startup of a device. UsageError with FILE:LINE."""
        furniture = self._drawing.nodes[label].furniture
        for number, line in enumerate(text.split("\n"), 1):
            wrong = self._at(f"{label}{STARTUP}", number)
            try:
                words = shlex.split(line, comments=True)
            except ValueError:
                raise wrong(f"{excerpt(line)}: a quote that does not end", None) from None
            if words:
                furniture.take(words, wrong)

    def plan(self) -> tuple[LabPlan, str | None]:
        """The lab, and its name. UsageError with FILE:LINE."""
        for domain, members in self._domains.items():
            if len(members) == 2:
                self._drawing.wires.append(self._wire(list(members.items())))
            else:
                self._hub(domain, list(members.items()))
        return self._drawing.plan(), self._name

    def _wire(self, members: list[tuple[str, int]]) -> drawing.Wire:
        """A collision domain of two: a link."""
        (one, _), (other, line) = (self._devices[label].interfaces[number][1:] for label, number in members)
        ends: list[tuple[str, str | None]] = [(label, self._device(label, number)) for label, number in members]
        return drawing.Wire(ends, self._at(CONF, line), macs=(one, other))

    def _hub(self, domain: str, members: list[tuple[str, int]]) -> None:
        """A collision domain of one, or of more than two: a switch that is called after it."""
        _, _, line = self._devices[members[0][0]].interfaces[members[0][1]]
        wrong = self._at(CONF, line)
        key = f"domain {domain}"
        self._drawing.add(key, drawing.Node(_checked(f"{self._prefix}{domain}", wrong), wrong, is_switch=True))
        for label, number in members:
            _, mac, line = self._devices[label].interfaces[number]
            ends: list[tuple[str, str | None]] = [(key, None), (label, self._device(label, number))]
            self._drawing.wires.append(drawing.Wire(ends, self._at(CONF, line), macs=(None, mac)))

    def _device(self, label: str, number: int) -> str:
        """What an interface is called when its .startup has run."""
        return self._drawing.nodes[label].furniture.names.get(f"eth{number}", f"eth{number}")


def _checked(name: str, wrong: Wrong) -> str:
    try:
        check_name(name)
    except UsageError as error:
        raise wrong(error.message, error.hint) from None
    return name
