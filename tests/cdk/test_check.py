"""The template check finds what it is there to find."""

import json
from pathlib import Path

import pytest
from aws_cdk import App, Stack

from cdk.check import lint_findings, synthesis_findings
from cdk.config import environment
from cdk.constructs import function
from cdk.constructs.permissions import Permission, role, service
from cdk.layers.archives import empty_layers
from cdk.pipeline import plan


def test_a_finding_that_nobody_acknowledged_fails_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function, "acknowledge", lambda construct, finding, reason: None)
    pipeline = plan("local", layers=empty_layers(environment("local"), tmp_path / "layers"))
    found = synthesis_findings(pipeline, tmp_path / "out")
    assert {line.split()[0] for line in found} == {"AwsSolutions-L1"}
    assert len(found) == 9  # one for each function


def test_a_property_that_aws_would_refuse_is_found(tmp_path: Path) -> None:
    properties = {"Handler": "a.b", "Role": "arn:aws:iam::111122223333:role/r", "Runtime": "python3.13", "Timeout": 901}
    template = {
        "Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "x"}, **properties}}}
    }
    (tmp_path / "bad.template.json").write_text(json.dumps(template))
    (found,) = lint_findings(tmp_path)
    assert "901 is greater than the maximum of 900" in found


def test_a_wildcard_without_a_reason_is_refused() -> None:
    stack = Stack(App(), "stack")
    principal = service("firehose.amazonaws.com", "111122223333")
    with pytest.raises(
        ValueError, match=r"stack/Role: say why the permission on arn:aws:s3:::lake/\* needs a wildcard"
    ):
        role(stack, "Role", principal, [Permission(("s3:GetObject",), ("arn:aws:s3:::lake/*",))])
