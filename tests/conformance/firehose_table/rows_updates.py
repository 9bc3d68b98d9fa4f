"""Sections 2.7, 3.1, 6.1 and 9.1: UpdateDestination."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.conformance.firehose_table.aws import Aws
from tests.conformance.firehose_table.configurations import (
    ERRORS,
    ROLE,
    conversion,
    converting,
    hints,
    partitioning,
    s3,
    transform,
)
from tests.conformance.firehose_table.row import row
from tests.conformance.firehose_table.waiting import eventually


@row("update-version", "9.1", "An update that changes something raises the version by one.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream()
    stream.update("1", Prefix="a/")
    stream.update("2", Prefix="b/")
    assert stream.describe()["VersionId"] == "3"


@row("empty-update", "9.1", "An update that changes nothing leaves the version.", "probed")
def _(aws: Aws) -> None:
    stream = aws.stream(Prefix="a/")
    stream.update("1", Prefix="a/")
    stream.update("1")
    assert stream.describe()["VersionId"] == "1"


@row("stale-version", "9.1", "An update of another version: ConcurrentModificationException, which names both.", "code")
def _(aws: Aws) -> None:
    stream = aws.stream().active()
    assert aws.refused("UpdateDestination", **stream.an_update("7", Prefix="a/")) == (
        "ConcurrentModificationException",
        f"Cannot update firehose: {stream.name} since the current version id: 1 "
        "and specified version id: 7 do not match",
    )


@row("other-destination-id", "9.1", "An update of a destination that the stream does not have is refused.", "code")
def _(aws: Aws) -> None:
    update = aws.stream().active().an_update() | {"DestinationId": "other"}
    assert aws.refused("UpdateDestination", **update) == ("InvalidArgumentException", "Destination Id other not found")


@row("update-merges", "9.1", "What an update does not name stays.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream(Prefix="a/", CompressionFormat="GZIP")
    stream.update(BufferingHints=hints(2, 61))
    shown = stream.destination()
    assert (shown["Prefix"], shown["CompressionFormat"], shown["BufferingHints"]) == ("a/", "GZIP", hints(2, 61))


@row("update-merges-conversion", "6.1", "An update merges the conversion's configuration member by member.", "probed")
def _(aws: Aws) -> None:
    table = aws.table({"a": "int"})
    stream = aws.stream(**converting(table))
    stream.update(DataFormatConversionConfiguration={"Enabled": False})
    shown = stream.destination()["DataFormatConversionConfiguration"]
    assert (shown["Enabled"], shown["SchemaConfiguration"]["TableName"]) == (False, table)


@row("update-replaces-processing", "6.1", "An update replaces the whole ProcessingConfiguration.", "probed")
def _(aws: Aws) -> None:
    stream = aws.stream(ProcessingConfiguration=transform())
    stream.update(ProcessingConfiguration={"Enabled": False})
    assert stream.destination()["ProcessingConfiguration"] == {"Enabled": False, "Processors": []}


@row(
    "update-is-checked",
    "9.1",
    "What an update would make of the stream is checked as a new stream's configuration is.",
    "inferred",
)
def _(aws: Aws) -> None:
    stream = aws.stream(ErrorOutputPrefix=None).active()
    code, message = aws.refused("UpdateDestination", **stream.an_update(Prefix="!{timestamp:yyyy}/"))
    assert (code, "ErrorOutputPrefix cannot be null" in message) == ("InvalidArgumentException", True)
    assert stream.describe()["VersionId"] == "1"


@row(
    "update-takes-effect", "9.1", "An update takes effect within a few minutes.", "documented",
    here="At once: what is not stored yet goes the new way, through the transform again, under the new version.",
)  # fmt: skip
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(Prefix="old/", BufferingHints=hints(5, 900))
    stream.put(b"x")
    stream.update(Prefix="new/!{firehose:random-string}/", BufferingHints=hints(1, 60), ErrorOutputPrefix=ERRORS)
    yield
    [stored] = stream.data()
    assert stored.key.startswith("new/")
    assert f"/{stream.name}-2-" in stored.key


@row("backup-turned-on", "2.7", "Backup may be turned on by an update.", "documented")
def _(aws: Aws) -> Iterator[None]:
    stream = aws.stream(Prefix="d/")
    stream.update(S3BackupMode="Enabled", S3BackupUpdate=s3(stream.name, Prefix="raw/", ErrorOutputPrefix=None))
    stream.put(b"x")
    yield
    assert eventually(lambda: stream.objects("raw/"))[0].body == b"x"


@row("backup-not-turned-off", "2.7", "Backup that is on cannot be turned off.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream(S3BackupMode="Enabled", S3BackupConfiguration=s3("b", ErrorOutputPrefix=None)).active()
    assert (
        aws.refused("UpdateDestination", **stream.an_update(S3BackupMode="Disabled"))[0] == "InvalidArgumentException"
    )


def _partitioning_is_forever(row_id: str, before: bool) -> None:
    word = "disabled" if before else "enabled"

    @row(row_id, "3.1", f"Dynamic partitioning cannot be {word} on an existing stream.", "documented")
    def _(aws: Aws) -> None:
        stream = aws.stream(**partitioning() if before else {"BufferingHints": hints(64, 60)}).active()
        update = stream.an_update(DynamicPartitioningConfiguration={"Enabled": not before})
        code, message = aws.refused("UpdateDestination", **update)
        assert (code, "Dynamic Partitioning" in message) == ("InvalidArgumentException", True)


_partitioning_is_forever("partitioning-later", before=False)
_partitioning_is_forever("partitioning-no-more", before=True)


@row("partitioning-prefix-later", "3.1", "Prefix and keys of a stream that partitions may be edited.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream(**partitioning())
    stream.update(Prefix="other=!{partitionKeyFromLambda:k}/")
    assert stream.destination()["Prefix"] == "other=!{partitionKeyFromLambda:k}/"


@row("conversion-later", "6.1", "Conversion may be turned on by an update, which is held to its rules.", "inferred")
def _(aws: Aws) -> None:
    stream = aws.stream().active()
    table = aws.table({"a": "int"})
    update = stream.an_update(DataFormatConversionConfiguration=conversion(table))
    assert "SizeInMBs must be at least 64" in aws.refused("UpdateDestination", **update)[1]
    stream.update(DataFormatConversionConfiguration=conversion(table), BufferingHints=hints(64, 60))
    assert stream.destination()["DataFormatConversionConfiguration"]["SchemaConfiguration"]["RoleARN"] == ROLE


@row("update-merges-backup", "9.1", "S3BackupUpdate merges, too.", "documented")
def _(aws: Aws) -> None:
    backup = s3("b", Prefix="raw/", ErrorOutputPrefix=None)
    stream = aws.stream(S3BackupMode="Enabled", S3BackupConfiguration=backup)
    stream.update(S3BackupUpdate={"CompressionFormat": "GZIP"})
    shown = stream.destination()["S3BackupDescription"]
    assert (shown["CompressionFormat"], shown["Prefix"], shown["BucketARN"]) == ("GZIP", "raw/", "arn:aws:s3:::b")


@row("update-race", "9.1", "Of several updates of one version at once, one succeeds.", "documented")
def _(aws: Aws) -> None:
    stream = aws.stream().active()
    with ThreadPoolExecutor(8) as pool:
        updates = [stream.an_update(Prefix=f"{number}/") for number in range(8)]
        codes = list(pool.map(lambda update: aws.outcome("UpdateDestination", **update)[0], updates))
    assert sorted(codes) == ["", *7 * ["ConcurrentModificationException"]]
    assert stream.describe()["VersionId"] == "2"
