# SPDX-License-Identifier: GPL-2.0
"""TAP from unittest."""
import sys
import traceback
import unittest


class Result(unittest.TestResult):
    """One line for each test, however often it has failed."""

    def __init__(self):
        super().__init__()
        self._running = False
        self._errors = []
        self._skipped = None

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._bad(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._bad(test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._skipped = reason
        if not self._running:
            self._report("", str(test))

    def startTest(self, test):
        super().startTest(test)
        self._running = True

    def stopTest(self, test):
        super().stopTest(test)
        self._running = False
        name = test.id().rpartition(".")[2].replace("test_", "").replace("_", " ")
        self._report(self.testsRun, name)

    def _bad(self, test, err):
        """Of one that is not a test (setUpClass) no test would tell."""
        self._errors.append("".join(traceback.format_exception(*err)))
        if not self._running:
            self._report("", str(test))

    def _report(self, number, name):
        if self._skipped is not None and not self._errors:
            name += f" # SKIP {self._skipped}"
        print(f"{'not ok' if self._errors else 'ok'} {number} {name}")
        for error in self._errors:
            for line in error.splitlines():
                print(f"# {line}")
        self._errors.clear()
        self._skipped = None
        sys.stdout.flush()


def load(*modules):
    """Their tests, a suite for each; says how many there are."""
    suites = [unittest.defaultTestLoader.loadTestsFromModule(m) for m in modules]
    print("TAP version 13", f"1..{sum(s.countTestCases() for s in suites)}", sep="\n",
          flush=True)
    return suites
