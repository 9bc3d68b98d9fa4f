"""The role that QuickSight queries with, so that its account-wide role needs no access to our buckets.

https://docs.aws.amazon.com/quicksight/latest/user/datasource-run-as-role.html
"""

from collections.abc import Iterator

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.config import Environment
from cdk.constructs.arns import bucket_arn, bucket_name, data_catalog_arn, glue_arns, workgroup_arn
from cdk.constructs.permissions import Permission, role
from schemas.folders import CURATED, LANDING, RESULTS

_RUNS = (
    "athena:StartQueryExecution", "athena:StopQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults",
    "athena:GetQueryResultsStream", "athena:GetWorkGroup",
)  # fmt: skip
_DESCRIBES = (
    "athena:GetDataCatalog", "athena:GetDatabase", "athena:ListDatabases", "athena:GetTableMetadata",
    "athena:ListTableMetadata",
)  # fmt: skip
_FINDS = (
    "glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables", "glue:GetPartition",
    "glue:GetPartitions", "glue:BatchGetPartition",
)  # fmt: skip
_ANSWERS = ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")


def query_role(scope: Construct, environment: Environment) -> iam.IRole:
    """A role that may query the environment's database in its workgroup, and nothing else.

    Its trust has no condition: it is not documented that QuickSight says for which account it acts.
    """
    permissions = [*_on_athena(scope, environment), *_on_buckets(scope, environment)]
    return role(scope, "Role", iam.ServicePrincipal("quicksight.amazonaws.com"), permissions)


def _on_athena(scope: Construct, environment: Environment) -> Iterator[Permission]:
    yield Permission(_RUNS, (workgroup_arn(scope, environment.workgroup),))
    yield Permission(_DESCRIBES, (data_catalog_arn(scope, "AwsDataCatalog"),))
    yield Permission(("athena:ListDataCatalogs",), ("*",), "ListDataCatalogs knows no resources.")
    tables = tuple(glue_arns(scope, environment.database, "*"))
    yield Permission(_FINDS, tables, "A dashboard may show every view, and a view reads other views and tables.")


def _on_buckets(scope: Construct, environment: Environment) -> Iterator[Permission]:
    lake, results = (bucket_arn(scope, bucket_name(scope, environment, kind)) for kind in ("lake", "results"))
    yield Permission(("s3:GetBucketLocation", "s3:ListBucket"), (lake, results))
    yield Permission(("s3:ListBucketMultipartUploads",), (results,))
    yield Permission(("s3:GetObject",), (f"{lake}/{LANDING}*", f"{lake}/{CURATED}*"), "A query reads every object.")
    yield Permission(_ANSWERS, (f"{results}/{RESULTS}*",), "Athena names each result after its query's id.")
