# SPDX-License-Identifier: MIT
"""netem: delay, loss and rate of what a device sends."""

from __future__ import annotations

from nsh.registry import command
from nsh.results import Column, Quiet, Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsh.session.nets import Endpoint
    from nsh.session.session import Session


@command(
    "netem <device:endpoint> <settings:text>...", man=("tc-netem(8)", "tc-tbf(8)"), category="network", shows=False
)
def netem(session: Session, device: Endpoint, settings: tuple[str, ...]) -> Result:
    """Delay, lose or slow down what a device sends; settings made before are replaced, all of them.

    SETTINGS: delay TIME [JITTER], loss P%, duplicate P%, corrupt P%, reorder P%,
    rate RATE, limit PACKETS. It is what leaves the device that is changed: for
    both ways set both ends of a veth. A rate is kept by tbf, the rest by netem,
    which not every kernel has.

        nsh> netem netns1:veth1 delay 20ms loss 1% rate 10mbit
        nsh> netem netns1:veth1 rate 10mbit
    """
    from nsh.session import shapes  # with the first such line, not with every start

    shapes.put(session, device, settings)
    return Quiet()


@command("netem rm <device:endpoint>", man=("tc(8)",), category="network", shows=False)
def netem_rm(session: Session, device: Endpoint) -> Result:
    """Take delay, loss and rate from a device.

    nsh> netem rm netns1:veth1
    """
    from nsh.session import shapes

    shapes.remove(session, device)
    return Quiet()


@command("netem ls [<ref:ref>]", man=("tc(8)",), category="network")
def netem_ls(session: Session, ref: str | None = None) -> Result:
    """List the devices with a delay, loss or rate: of a place, or of host and all places.

    nsh> netem ls netns1
    """
    from nsh.session import shapes

    columns = (
        Column("device", "device", style="name"),
        Column("delay_ms", "delay", "right", show=lambda value: f"{value:g}ms"),
        Column("jitter_ms", "jitter", "right", show=lambda value: f"{value:g}ms"),
        Column("loss_percent", "loss", "right", show=_percent),
        Column("duplicate_percent", "duplicate", "right", show=_percent),
        Column("corrupt_percent", "corrupt", "right", show=_percent),
        Column("reorder_percent", "reorder", "right", show=_percent),
        Column("rate_bits", "rate", "right", show=shapes.rate_text),
        Column("limit_packets", "limit", "right"),
    )
    return Table(columns, shapes.rows(session, ref))


def _percent(value: object) -> str:
    return f"{value:g}%"
