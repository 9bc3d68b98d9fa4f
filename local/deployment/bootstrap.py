"""What the CDK's default synthesizer expects of an account: the minimum of the stack that `cdk bootstrap` creates.

It carries the same stack name and logical ids, so `cdk bootstrap` can complete it later.
https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

import json
from typing import Any, Final

from local.endpoint import ACCOUNT, REGION

STACK: Final = "CDKToolkit"
BUCKET: Final = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
_VERSION: Final = "21"
"""Assemblies require 6; `cdk bootstrap` has a higher one and would refuse to lower it."""


def bootstrap_template() -> str:
    """A template with the asset bucket and the parameter that holds the bootstrap version."""
    bucket: dict[str, Any] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}}
    parameter = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": _PARAMETER, "Type": "String", "Value": _VERSION},
    }
    outputs = {"BucketName": {"Value": BUCKET}, "BootstrapVersion": {"Value": _VERSION}}
    return json.dumps({"Resources": {"StagingBucket": bucket, "CdkBootstrapVersion": parameter}, "Outputs": outputs})
