"""The pytest plugin: loaded in every pytest run where trackerkit is installed, so it imports nothing but pytest at load.

It offers the test doubles of ``trackerkit.testing.fixtures``: ``shotgrid_site`` and ``ayon_server``.

Of the conformance suite it does something only where its cases are among the tests: it counts them for each stack, prints what
ran, passed and was skipped and why, writes the same as JSON (``--conformance-report=FILE``), and fails the run when a case
was skipped for another reason than a capability that its backend marks as missing.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackerkit.testing.tally import Tally

_SUITE = "trackerkit.testing.conformance."

# At load, which comes before any conftest: a conftest may import the suite.
pytest.register_assert_rewrite("trackerkit.testing.conformance")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option for the report."""
    group = parser.getgroup("trackerkit", "trackerkit's conformance suite")
    group.addoption("--conformance-report", metavar="FILE", help="write what each stack passed and skipped as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the suite's mark, and counts (in the controlling process)."""
    config.addinivalue_line("markers", "trackerkit_needs(*capabilities, types, fields): what a conformance case needs")
    config.pluginmanager.import_plugin("trackerkit.testing.fixtures")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Reporter(config), "trackerkit-conformance")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Notes the verb of every case of the suite, which its reports then carry."""
    for item in items:
        module: str = getattr(getattr(item, "cls", None), "__module__", "")
        if module.startswith(_SUITE):
            item.user_properties.append(("trackerkit_verb", module.removeprefix(_SUITE)))


class _Reporter:
    """Counts the cases as their reports arrive, from workers too."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.tally: Tally | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        said = dict(report.user_properties)
        if "trackerkit_verb" not in said:
            return
        if self.tally is None:
            from trackerkit.testing.tally import Tally

            self.tally = Tally()
        self.tally.add(report, said)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        path = self.config.getoption("--conformance-report")
        if self.tally is None:
            return
        if path:
            self.tally.write(path)
        if self.tally.unexplained() and session.exitstatus == 0:
            session.exitstatus = 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.tally is not None:
            self.tally.print(terminalreporter)
