"""MiniStack has every private name that the adapter builds on; in processes of their own, as it keeps global state."""

import subprocess
import sys
from importlib.metadata import requires, version

from local.gateway.ministack import NEEDED, MiniStackChangedError


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_pinned_version_is_installed() -> None:
    pins = [pin for pin in requires("standpipe") or [] if pin.startswith("ministack==")]
    assert pins
    assert pins[0].startswith(f"ministack=={version('ministack')}")


def test_every_name_is_there() -> None:
    answer = _python("from local.gateway.ministack import missing_names; print(missing_names())")
    assert answer.stdout.strip() == "[]", (
        f"MiniStack has changed; adapt local/gateway/ministack.py: {answer.stdout}{answer.stderr}"
    )


def test_a_name_that_is_gone_is_named() -> None:
    module, name = "ministack.services.scheduler", "_tick_schedules"
    assert name in NEEDED[module]
    code = (
        f"import {module} as m; del m.{name}; from local.gateway.ministack import missing_names; print(missing_names())"
    )
    assert _python(code).stdout.strip() == f"['{module}.{name}']"


def test_the_error_says_what_to_do() -> None:
    error = MiniStackChangedError(["ministack.app.app"])
    assert "ministack.app.app" in str(error)
    assert "ministack==1.5.33" in str(error)
