"""Every test of this folder runs twice: over the functions in C, and over their equals in Python."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from samband.wire.sip import native


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Twice, but for modules that say otherwise in ``READERS``."""
    wanted = getattr(metafunc.module, "READERS", ["C", "Python"])
    metafunc.parametrize("reader", wanted, indirect=True, scope="module")


@pytest.fixture(scope="module", autouse=True)
def reader(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which of the two the test runs over."""
    wanted: str = request.param
    if wanted == "Python":
        replaced = {id(native_one): pure for pure, native_one in native.EQUALS}
        modules = [module for name, module in sys.modules.items() if name.startswith("samband.wire.sip.")]
        undo = [one for module in (*modules, request.module) for one in _replace(module, replaced)]
        yield wanted
        for module, name, before in undo:
            setattr(module, name, before)
    elif native.WHY_NOT:
        pytest.skip(f"C is not tested: {native.WHY_NOT}")
    else:
        yield wanted


def _replace(
    module: ModuleType, replaced: dict[int, Callable[..., object]]
) -> list[tuple[ModuleType, str, Callable[..., object]]]:
    """Put functions in place of others wherever a module names them; what was there before."""
    found = [(module, name, value) for name, value in vars(module).items() if id(value) in replaced]
    for _, name, value in found:
        setattr(module, name, replaced[id(value)])
    return found
