"""`python -m cdk.check`: the templates of all environments through every validator, without an account.

The CDK's built-in validation and cdk-nag's AwsSolutions rules run at synthesis and fail it; cfn-lint runs on what was
written. Layers need not be built: empty ones stand for them.
"""

import json
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import msgspec
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from cdk.app import build_app
from cdk.config import EnvironmentName, Network, environment
from cdk.layers.archives import empty_layers
from cdk.pipeline import Pipeline, plan

COSMETIC = ("W3005", "W7001")
"""Rules about what the CDK writes too much of: redundant DependsOn, unused mappings."""

_ANALYST = "arn:aws:quicksight:us-east-1:000000000000:group/default/analysts"
_NETWORK = Network(("subnet-0a1b2c3d", "subnet-1a2b3c4d"), ("sg-0a1b2c3d",))
_REPORT = "validation-report.json"


def pipelines(scratch: Path) -> Iterator[Pipeline]:
    """Every environment, the ones on AWS with all that is optional."""
    for name in get_args(EnvironmentName):
        pipeline = plan(name, layers=empty_layers(environment(name), scratch / "layers"))
        optional = {} if name == "local" else {"dashboard_principal": _ANALYST, "database_network": _NETWORK}
        yield replace(pipeline, environment=msgspec.structs.replace(pipeline.environment, **optional))


def synthesis_findings(pipeline: Pipeline, outdir: Path) -> list[str]:
    """What the built-in validation and cdk-nag find in `pipeline`, one line each; none when all is well."""
    app = build_app(pipeline, outdir, validation=True)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    try:
        app.synth()
    except RuntimeError:  # the report says what failed
        if not (outdir / _REPORT).exists():
            raise
    report = outdir / _REPORT
    return list(_findings(json.loads(report.read_text()))) if report.exists() else []


def _findings(report: dict[str, Any]) -> Iterator[str]:
    for plugin in report.get("pluginReports", []):
        for violation in plugin.get("violations", []):
            if violation["ruleName"] in COSMETIC:
                continue
            for place in violation.get("violatingConstructs", [{}]):
                yield f"{violation['ruleName']} {place.get('constructPath', '')}: {violation['description']}"


def lint_findings(folder: Path) -> list[str]:
    """What cfn-lint says of all templates below `folder`, one line each; none when all is well."""
    templates = [str(template) for template in sorted(folder.rglob("*.template.json"))]
    cfn_lint = Path(sysconfig.get_path("scripts")) / "cfn-lint"
    command = [str(cfn_lint), "--format", "parseable", "--ignore-checks", *COSMETIC, "--", *templates]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines() if done.returncode else []


def main() -> None:
    """Check every environment; exit status 1 when anything is found."""
    with tempfile.TemporaryDirectory() as scratch:
        checked = {pipeline.environment.name: pipeline for pipeline in pipelines(Path(scratch))}
        found = {str(name): synthesis_findings(pipeline, Path(scratch, name)) for name, pipeline in checked.items()}
        found["cfn-lint"] = lint_findings(Path(scratch))
    for name, findings in found.items():
        print(f"{name}: {len(findings)} findings", *findings, sep="\n  ")  # noqa: T201
    sys.exit(any(found.values()))


if __name__ == "__main__":
    main()
