# SPDX-License-Identifier: GPL-2.0
"""Does the judge of all others judge rightly?"""

from vmige2e import CheckFailed
from vmige2e.cases import case


@case("checks-can-fail", mem=1, dirty=20)
def checks_can_fail(run):
    """Damaged memory is noticed, to the page."""
    vm = run.boot("vm0", [run.device("A")])
    run.guest.command("pause")
    for damage in ("stale", "flip"):
        for page in (0, 100, 255):
            run.guest.command(f"{damage} {page}")
            found = run.guest.command("verify")
            if found["wrong"] != 4096:
                raise CheckFailed(f"{damage} page {page}: verify says {found}")
            if not run.guest.findings[-1].startswith(f"page={page} "):
                raise CheckFailed(f"{damage} page {page}: the guest named "
                                  f"{run.guest.findings[-1]}")
            run.guest.command(f"write {page}")
    found = run.guest.command("verify")
    if found["wrong"]:
        raise CheckFailed(f"after repair: verify says {found}")
    run.retire(vm)
