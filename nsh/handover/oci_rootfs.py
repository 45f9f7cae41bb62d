# SPDX-License-Identifier: MIT
"""A small root directory around one program, busybox: what is in it, and whether a program can stand alone."""

from __future__ import annotations

from struct import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDERS = ("bin", "dev", "etc", "mnt", "proc", "root", "run", "srv", "sys", "tmp", "usr", "var")
LINKS = {"sbin": "bin", "usr/bin": "../bin", "usr/sbin": "../bin"}
_BY_LETTER = """
    [ ar arp arping ash awk base64 basename brctl bunzip2 bzip2 cal cat chgrp chmod chown chroot clear cmp cp cpio cut
    date dc dd df diff dirname dmesg dnsdomainname du echo ed egrep env expand expr false fgrep find fold free getopt
    grep groups gunzip gzip head hexdump hostid hostname httpd id ifconfig ip kill killall less ln logger login ls
    md5sum mkdir mkfifo mknod mktemp more mount mv nc netstat nproc nsenter nslookup od paste patch pidof ping ping6
    pivot_root printf ps pwd readlink realpath renice reset rm rmdir route sed seq setsid sh sha1sum sha256sum shred
    sleep sort stat strings stty su sync sysctl tac tail tar taskset tee telnet test tftp time timeout top touch tr
    traceroute traceroute6 true truncate tty udhcpc umount uname uniq unlink unshare unxz unzip uptime usleep vi watch
    wc wget which who whoami xargs xxd xz yes zcat
"""
APPLETS = tuple(_BY_LETTER.split())
"""What busybox of Debian 12 goes by, of what one wants in a container."""
PACKAGE = "busybox-static"

_ELF = b"\x7fELF"
_HEADER = Struct("<32xQ14xHH")  # e_phoff, e_phentsize, e_phnum of a 64-bit ELF file (elf(5))
_PT_INTERP = 3


def files(hosts: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """The files of /etc; `hosts` are (address, name) for /etc/hosts."""
    known = "".join(f"{address} {name}\n" for address, name in hosts)
    return {
        "etc/group": "root:x:0:\n",
        "etc/hosts": f"127.0.0.1 localhost\n::1 localhost\n{known}",
        "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    }


def stands_alone(program: bytes) -> bool:
    """Is it an ELF file that needs no dynamic linker, so that it runs in a root directory with nothing else?"""
    if not program.startswith(_ELF) or len(program) < _HEADER.size:
        return False
    offset, size, count = _HEADER.unpack_from(program)
    kinds = (program[offset + size * at : offset + size * at + 4] for at in range(count))
    return all(int.from_bytes(kind, "little") != _PT_INTERP for kind in kinds)
