# SPDX-License-Identifier: GPL-2.0
"""TAP from unittest."""
import sys
import traceback
import unittest


class Result(unittest.TestResult):
    """One line for each test."""

    def _say(self, test, how, error=None):
        name = test.id().rpartition(".")[2].replace("test_", "").replace("_", " ")
        print(f"{how} {self.testsRun} {name}")
        if error:
            for line in "".join(traceback.format_exception(*error)).splitlines():
                print(f"# {line}")
        sys.stdout.flush()

    def addSuccess(self, test):
        super().addSuccess(test)
        self._say(test, "ok")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._say(test, "not ok", err)

    def addError(self, test, err):
        super().addError(test, err)
        self._say(test, "not ok", err)


def load(*modules):
    """Their tests, a suite for each; says how many there are."""
    suites = [unittest.defaultTestLoader.loadTestsFromModule(m) for m in modules]
    print("TAP version 13", f"1..{sum(s.countTestCases() for s in suites)}", sep="\n",
          flush=True)
    return suites
