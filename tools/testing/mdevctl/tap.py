# SPDX-License-Identifier: GPL-2.0
"""Tests are methods; each is one line of TAP."""
import traceback


class Suite:
    """Its methods named test_* are run in the order in which they stand there."""

    prefix = ""

    def __init__(self):
        self.tests = [name for name in vars(type(self)) if name.startswith("test_")]

    @staticmethod
    def same(expected, seen, what=""):
        if expected != seen:
            raise AssertionError(f"{what}\n expected {expected!r}\n seen     {seen!r}")

    def run(self, first):
        """Returns the number of the next test and how many failed."""
        failed = 0
        for number, name in enumerate(self.tests, first):
            title = f"{self.prefix}{name[5:].replace('_', ' ')}"
            try:
                getattr(self, name)()
                print(f"ok {number} {title}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {number} {title}")
                for line in traceback.format_exc().splitlines()[-12:]:
                    print(f"# {line}", flush=True)
        return first + len(self.tests), failed


def run(suites):
    print("TAP version 13")
    print(f"1..{sum(len(suite.tests) for suite in suites)}")
    number, failed = 1, 0
    for suite in suites:
        number, bad = suite.run(number)
        failed += bad
    print(f"{number - 1 - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0
