"""An older version of an object is read in ranges, as its newest one is."""

import pytest
from botocore.exceptions import ClientError

from local.endpoint import client
from local.gateway.running import RunningGateway


def test_a_range_of_an_older_version_is_given_alone(gateway: RunningGateway) -> None:
    s3 = client(gateway.url, "s3")
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    older = s3.put_object(Bucket="versions", Key="file", Body=b"0123456789")["VersionId"]
    s3.put_object(Bucket="versions", Key="file", Body=b"abc")
    found = s3.get_object(Bucket="versions", Key="file", VersionId=older, Range="bytes=2-4")
    assert (found["Body"].read(), found["ContentRange"], found["ContentLength"]) == (b"234", "bytes 2-4/10", 3)
    whole = s3.get_object(Bucket="versions", Key="file", VersionId=older)
    assert (whole["Body"].read(), whole.get("ContentRange")) == (b"0123456789", None)
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket="versions", Key="file", VersionId=older, Range="bytes=10-12")
