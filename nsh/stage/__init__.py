# SPDX-License-Identifier: MIT
"""On stage: a page played live before an audience, in real sessions (`nsh play`), with notes on a second terminal."""
