# SPDX-License-Identifier: GPL-2.0
"""TAP from unittest."""
import sys
import traceback
import unittest


class Result(unittest.TestResult):
    """One line for each test, however often it has failed."""

    def __init__(self):
        super().__init__()
        self._errors = []

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._errors.append(err)

    def addError(self, test, err):
        super().addError(test, err)
        self._errors.append(err)

    def stopTest(self, test):
        super().stopTest(test)
        name = test.id().rpartition(".")[2].replace("test_", "").replace("_", " ")
        print(f"{'not ok' if self._errors else 'ok'} {self.testsRun} {name}")
        for error in self._errors:
            for line in "".join(traceback.format_exception(*error)).splitlines():
                print(f"# {line}")
        self._errors.clear()
        sys.stdout.flush()


def load(*modules):
    """Their tests, a suite for each; says how many there are."""
    suites = [unittest.defaultTestLoader.loadTestsFromModule(m) for m in modules]
    print("TAP version 13", f"1..{sum(s.countTestCases() for s in suites)}", sep="\n",
          flush=True)
    return suites
