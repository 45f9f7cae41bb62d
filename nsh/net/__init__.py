# SPDX-License-Identifier: MIT
"""The network, by netlink on sockets that were made inside a namespace and passed out."""
