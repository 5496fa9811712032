# SPDX-License-Identifier: GPL-2.0
"""End-to-end test of the VFIO migration modules: see ../run."""


class CheckFailed(Exception):
    """A case found something wrong; the text is the reason it reports."""
