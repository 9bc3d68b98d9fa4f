"""Section 9.1: lists of streams, and tags."""

from tests.conformance.firehose_table.aws import Aws
from tests.conformance.firehose_table.checks import usual
from tests.conformance.firehose_table.configurations import s3
from tests.conformance.firehose_table.row import row


def _listed(aws: Aws) -> list[str]:
    """Twelve streams whose names come before all others."""

    def make(own: Aws) -> list[str]:
        names = [f"00-listed-{number:02d}" for number in range(12)]
        for name in names:
            own.firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=s3("b"))
        return names

    return aws.shared("streams-listed", make)


@row(
    "list-order",
    "9.1",
    "ListDeliveryStreams lists names in alphabetical order, 10 by default.",
    "documented",
)
def _(aws: Aws) -> None:
    names = _listed(aws)
    answer = aws.firehose.list_delivery_streams()
    assert (answer["DeliveryStreamNames"], answer["HasMoreDeliveryStreams"]) == (names[:10], True)


@row("list-page", "9.1", "A page begins after ExclusiveStartDeliveryStreamName and has Limit names.", "documented")
def _(aws: Aws) -> None:
    names = _listed(aws)
    answer = aws.firehose.list_delivery_streams(Limit=3, ExclusiveStartDeliveryStreamName=names[4])
    assert (answer["DeliveryStreamNames"], answer["HasMoreDeliveryStreams"]) == (names[5:8], True)


@row("list-end", "9.1", "HasMoreDeliveryStreams is false on the last page.", "documented")
def _(aws: Aws) -> None:
    answer = aws.firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName="zzzz")
    assert (answer["DeliveryStreamNames"], answer["HasMoreDeliveryStreams"]) == ([], False)


@row("list-type", "9.1", "DeliveryStreamType filters the list.", "documented")
def _(aws: Aws) -> None:
    _listed(aws)
    assert aws.firehose.list_delivery_streams(DeliveryStreamType="KinesisStreamAsSource")["DeliveryStreamNames"] == []
    assert len(aws.firehose.list_delivery_streams(DeliveryStreamType="DirectPut")["DeliveryStreamNames"]) == 10


@row("list-limit", "9.1", "Limit is 1 to 10,000.", "documented")
def _(aws: Aws) -> None:
    for limit in (0, 10_001):
        code, message = aws.refused("ListDeliveryStreams", Limit=limit)
        assert (code, "at 'limit' failed" in message) == ("ValidationException", True)


def _tags(aws: Aws, name: str) -> dict[str, str]:
    listed = aws.firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


@row(
    "tags",
    "9.1",
    "Tags come with creation, are added, replaced by key, and taken away; unknown keys are ignored.",
    "documented",
)
def _(aws: Aws) -> None:
    name = aws.stream(request={"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}).active().name
    assert _tags(aws, name) == {"a": "1", "b": ""}
    aws.firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=[{"Key": "a", "Value": "2"}, {"Key": "c"}])
    aws.firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=["b", "nothing"])
    assert _tags(aws, name) == {"a": "2", "c": ""}


@row(
    "most-tags", "9.1", "A stream has 50 tags at most.", "documented",
    here="A 51st is refused by LimitExceededException; which error AWS gives is not known.",
)  # fmt: skip
def _(aws: Aws) -> None:
    name = aws.stream(request={"Tags": [{"Key": f"k{number}"} for number in range(50)]}).active().name
    assert len(_tags(aws, name)) == 50
    assert (
        aws.refused("TagDeliveryStream", DeliveryStreamName=name, Tags=[{"Key": "one-more"}])[0]
        == "LimitExceededException"
    )


@row("tag-prefix", "9.1", "A key that starts with `aws:` is refused.", "documented")
def _(aws: Aws) -> None:
    code, message = aws.refused("TagDeliveryStream", DeliveryStreamName=usual(aws).name, Tags=[{"Key": "aws:x"}])
    assert (code, "at 'tags.1.member.key' failed to satisfy" in message) == ("ValidationException", True)


@row("tag-characters", "9.1", "Keys and values are letters, digits, blanks and `_ . : / = + - % @`.", "documented")
def _(aws: Aws) -> None:
    name = aws.stream(request={"Tags": [{"Key": "Größe 1_.:/=+-%@", "Value": "名"}]}).active().name
    assert _tags(aws, name) == {"Größe 1_.:/=+-%@": "名"}
    for tag in ({"Key": "a#"}, {"Key": "a", "Value": "*"}):
        assert aws.refused("TagDeliveryStream", DeliveryStreamName=name, Tags=[tag])[0] == "ValidationException"


@row("tag-pages", "9.1", "ListTagsForDeliveryStream pages by Limit and ExclusiveStartTagKey.", "documented")
def _(aws: Aws) -> None:
    name = aws.stream(request={"Tags": [{"Key": key} for key in "cab"]}).name
    page = aws.firehose.list_tags_for_delivery_stream(DeliveryStreamName=name, Limit=2)
    rest = aws.firehose.list_tags_for_delivery_stream(
        DeliveryStreamName=name, ExclusiveStartTagKey=page["Tags"][-1]["Key"]
    )
    assert ([tag["Key"] for tag in page["Tags"]], page["HasMoreTags"]) == (["a", "b"], True)
    assert ([tag["Key"] for tag in rest["Tags"]], rest["HasMoreTags"]) == (["c"], False)
