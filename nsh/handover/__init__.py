# SPDX-License-Identifier: MIT
"""Places and labs in the words of other engines: what they are told, and what they cannot be told.

Everything here is made from values; what reads a live place is in nsh.session.
"""
