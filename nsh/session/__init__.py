# SPDX-License-Identifier: MIT
"""What one nsh knows: its places, where you sit, the programs it started."""
