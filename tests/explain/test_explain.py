"""The public functions of `foolproof.explain`."""

import inspect
import subprocess
import sys

import pytest

from foolproof import explain


@pytest.mark.parametrize("name", explain.__all__)
def test_public_functions_are_documented(name: str) -> None:
    function = getattr(explain, name)
    assert inspect.isfunction(function)
    assert list(inspect.signature(function).parameters)[:3] == ["model", "x", "target"]
    for part in ("Source", "Returns:", "Example:"):
        assert part in (function.__doc__ or "")
    assert name in dir(explain)


def test_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'lime'"):
        explain.lime  # noqa: B018


def test_package_imports_no_torch_before_its_first_use() -> None:
    code = "import sys, foolproof.explain; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
