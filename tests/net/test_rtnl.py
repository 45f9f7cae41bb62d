# SPDX-License-Identifier: MIT
"""Changes by rtnetlink: the bytes that are sent, beside those of ip(8), and the kernel's words that come back."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from socket import AF_NETLINK

import pytest

from nsh.errors import NotSupported, Refused
from nsh.net import inet, kinds, rtnl
from nsh.net.attributes import HEADER, attributes, messages
from nsh.session.newlinks import Data
from tests.program import TIMEOUT

LINK_INFO, INFO_KIND, INFO_DATA = 18, 1, 2
DUMPED = re.compile(r"^ \| [0-9a-f]+  ((?:[0-9a-f]{2} {1,2})+)", re.MULTILINE)

REMOTE = Data(number=42, remote=inet.read_ip("10.1.1.2"), local=inet.read_ip("10.1.1.1"))
REMOTE_IPV6 = Data(number=42, remote=inet.read_ip("fd00::2"), port=4790)
CASES = [
    ("dummy", Data(), ""),
    ("wireguard", Data(), ""),
    ("vlan", Data(number=10), "link lo@id 10"),
    ("ipvlan", Data(), "link lo@mode l2"),
    ("ipvlan", Data(mode="l3"), "link lo@mode l3"),
    ("ipvlan", Data(mode="l3s"), "link lo@mode l3s"),
    ("macvlan", Data(), "link lo@mode bridge"),
    ("macvlan", Data(mode="private"), "link lo@mode private"),
    ("vxlan", REMOTE, "@id 42 remote 10.1.1.2 local 10.1.1.1 dstport 4789"),
    ("vxlan", REMOTE_IPV6, "@id 42 remote fd00::2 dstport 4790"),
]


def sent_by_ip(folder: Path, *words: str) -> bytes:
    """The last message that `ip` sends, whatever the kernel answers: many kernels lack the kind."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    log = folder / "log"
    apart = ["unshare", "--user", "--map-root-user", "--net"]
    strace = [*apart, "strace", "-qq", "-e", "trace=sendmsg", "-e", "write=3", "-o", str(log)]
    subprocess.run([*strace, "ip", *words], capture_output=True, timeout=TIMEOUT, check=False)
    last = log.read_text().split("sendmsg(")[-1]
    return bytes.fromhex("".join(DUMPED.findall(last)))


def link_info(attributes_of_a_link: bytes) -> tuple[bytes, dict[int, bytes]]:
    """(kind, data) of an IFLA_LINKINFO."""
    info = attributes(attributes(attributes_of_a_link)[LINK_INFO])
    return info[INFO_KIND].rstrip(b"\0"), attributes(info.get(INFO_DATA, b""))


@pytest.mark.real
@pytest.mark.parametrize(("kind", "data", "words"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_device_is_asked_for_as_ip_asks(kind: str, data: Data, words: str, tmp_path: Path) -> None:
    """Kind and data of the same bytes, also for the kinds that the kernel at hand lacks."""
    before, _, after = words.partition("@")
    theirs = sent_by_ip(tmp_path, "link", "add", *before.split(), "name", "x0", "type", kind, *after.split())
    (message,) = messages(theirs)
    assert message.kind == rtnl.RTM_NEWLINK
    ours = rtnl.packed(rtnl.RTM_NEWLINK, {"attrs": [kinds.link_info(kind, data.attributes(kind, None))]})
    assert link_info(ours[16:])[0] == link_info(message.body[16:])[0] == kind.encode()
    told = link_info(message.body[16:])[1]
    assert {key: told.get(key) for key in link_info(ours[16:])[1]} == link_info(ours[16:])[1]


class Answering:
    """A socket on which a kernel answers that has its words from the test."""

    family = AF_NETLINK

    def __init__(self, number: int, words: bytes, flags: int = 0x200 | 0x100) -> None:
        self.number, self.words, self.flags = number, words, flags
        self.asked = b""

    def setsockopt(self, *_: int) -> None:
        """Options are taken."""

    def send(self, data: bytes) -> int:
        """What was asked."""
        self.asked = data
        return len(data)

    def recvmsg(self, _size: int) -> tuple[bytes, list[object], int, tuple[int, int]]:
        """The answer, from the kernel's port: first one to somebody else, then ours."""
        sequence = HEADER.unpack_from(self.asked)[3]
        body = (-self.number).to_bytes(4, "little", signed=True) + (
            self.asked[:16] if self.flags & 0x100 else self.asked
        )
        answers = []
        for number in (sequence + 7, sequence):
            answers.append(HEADER.pack(16 + len(body) + len(self.words), 2, self.flags, number, 0) + body + self.words)
        return b"".join(answer + b"\0" * (-len(answer) % 4) for answer in answers), [], 0, (0, 0)


WORDS = b"\x09\x00\x01\x00no.\x00\x00\x00\x00\x00"


@pytest.mark.parametrize(
    ("flags", "words", "said"),
    [
        (0x300, WORDS, ": no"),
        (0x200, WORDS, ": no"),
        (0, b"", ""),
        (0x300, b"", ""),
        (0x300, b"\xff\xff\x01\x00cut", ""),
        (0x300, b"\x00\x00\x01\x00", ""),
        (0x300, b"\x07\x00\x01\x00\xff\xfe\x00\x00", ": \udcff\udcfe"),
    ],
)
def test_the_kernels_words_are_part_of_the_message(flags: int, words: bytes, said: str) -> None:
    """Behind the errno, whether what was asked is repeated whole or not; answers to others are passed over."""
    sock = Answering(22, words, flags)
    with pytest.raises(Refused) as caught:
        rtnl.change(sock, rtnl.RTM_SETLINK, {"index": 1}, shown="RTM_SETLINK(x)")  # type: ignore[arg-type]
    assert caught.value.message == f"RTM_SETLINK(x): Invalid argument{said}"


@pytest.mark.parametrize(
    ("number", "words", "kind"),
    [
        (95, b"Unknown device type", NotSupported),
        (95, b"", Refused),
        (2, b"Specified qdisc kind is unknown", NotSupported),
    ],
)
def test_what_the_kernel_does_not_know_at_all_is_told_apart(number: int, words: bytes, kind: type[Refused]) -> None:
    """By its words: the same errno is said of many things that it knows and does not do."""
    told = (4 + len(words) + 1).to_bytes(2, "little") + b"\x01\x00" + words + b"\0"
    with pytest.raises(Refused) as caught:
        rtnl.change(Answering(number, told), 16, {}, shown="RTM_NEWLINK(x)")  # type: ignore[arg-type]
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("config", "hint"),
    [
        ("CONFIG_DUMMY=m\n", "`modprobe dummy`, as root of the machine"),
        ("# CONFIG_DUMMY is not set\n", "was built without CONFIG_DUMMY"),
        (None, "it needs CONFIG_DUMMY, built in or as the module dummy"),
    ],
)
def test_the_option_that_is_missing_is_read_from_the_running_kernel(
    config: str | None, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that is not loaded is another remedy than a kernel built without it."""
    import gzip

    path = tmp_path / "config.gz"
    if config is not None:
        path.write_bytes(gzip.compress(config.encode()))
    monkeypatch.setattr(kinds, "_CONFIG", str(path))
    assert hint in kinds.missing("dummy")
