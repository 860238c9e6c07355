"""What every test run shares: a run in which no test was executed is a failed run."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# How quickly a busy machine makes examples says nothing about them.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """All skipped is not green: exit as pytest does when it found no test at all."""
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly or session.exitstatus != pytest.ExitCode.OK:
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not any(reporter.stats.get(outcome) for outcome in ("passed", "xfailed")):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
