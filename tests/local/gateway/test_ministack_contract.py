"""MiniStack has every private name that the adapter builds on; in processes of their own, as it keeps global state."""

import subprocess
import sys
from importlib.metadata import requires, version
from pathlib import Path

from local.gateway.ministack.names import NEEDED, MiniStackChangedError

_SHOW_MISSING = "from local.gateway.ministack.names import missing_names; print(missing_names())"


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_pinned_version_is_installed() -> None:
    pins = [pin for pin in requires("standpipe") or [] if pin.startswith("ministack==")]
    assert pins
    assert pins[0].startswith(f"ministack=={version('ministack')}")


def test_every_name_is_there() -> None:
    answer = _python(_SHOW_MISSING)
    assert answer.stdout.strip() == "[]", (
        f"MiniStack has changed; adapt local/gateway/ministack/: {answer.stdout}{answer.stderr}"
    )


def test_a_name_that_is_gone_is_named() -> None:
    module, name = "ministack.services.scheduler", "_tick_schedules"
    assert name in NEEDED[module]
    assert _python(f"import {module} as m; del m.{name}; {_SHOW_MISSING}").stdout.strip() == f"['{module}.{name}']"


def test_the_error_says_what_to_do() -> None:
    error = MiniStackChangedError(["ministack.app.app"])
    assert "ministack.app.app" in str(error)
    assert "ministack==1.5.33" in str(error)


def test_what_ministack_keeps_of_its_past_is_bounded(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from local.gateway.ministack.emulator import MiniStack
from local.gateway.ministack.environment import configure
configure(Path({str(tmp_path)!r}), "http://127.0.0.1:9")
ministack = MiniStack()
from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc
for number in range(1_010):
    lambda_svc._emit_lambda_logs({{"config": {{"FunctionName": "f"}}}}, str(number), "", False, 1)
for point in range(100):
    cloudwatch.record_metric("AWS/Lambda", "Invocations", 1)
(points,) = cloudwatch._metrics._data.values()
for point in points:
    point["Timestamp"] -= 120
ministack.forget_old()
(group,), (points,) = cloudwatch_logs._log_groups._data.values(), cloudwatch._metrics._data.values()
first = next(iter(group["streams"].values()))
print(len(group["streams"]), first["events"][0]["message"], len(points), points[0]["Count"])
"""
    assert _python(code).stdout.strip() == "1000 START RequestId: 10 Version: $LATEST 1 100.0"
