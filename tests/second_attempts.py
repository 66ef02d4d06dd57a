"""A test that is tried once more finds what its first attempt may have broken made anew, and has its time again."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import pytest_timeout

_FAILED = pytest.StashKey[bool]()
_BEGUN = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """One timer runs for all attempts: without this a second one would have what the first left, or none at all."""
    if item.stash.get(_BEGUN, False):
        settings = pytest_timeout._get_item_settings(item)
        if settings.timeout and not settings.func_only:
            item.ihook.pytest_timeout_cancel_timer(item=item)
            item.ihook.pytest_timeout_set_timer(item=item, settings=settings)
    item.stash[_BEGUN] = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_FAILED] = report.failed or (call.when != "setup" and item.stash.get(_FAILED, False))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """End every fixture after a failure, also those that outlive a test: whoever comes next has others."""
    if item.stash.get(_FAILED, False):
        item.session._setupstate.teardown_exact(None)
