"""The transform of these tests: a record says itself, in JSON, what the function shall make of it.

Members of a record: `answers`, the entries to return for it (without their recordId), or `data` and `keys` of one that
is Ok; `raise`, `sleep` and `whole` (the whole answer) are for the batch; `keep` stores the event in the bucket
`events`; `fail_first` raises in the first invocation.
"""

import io
import zipfile

SOURCE = """
import base64, json, time

def handler(event, context):
    scripts = [(record["recordId"], json.loads(base64.b64decode(record["data"]))) for record in event["records"]]
    batch = {name: value for _, script in scripts for name, value in script.items()}
    if batch.get("keep"):
        earlier = keep(event)
        if batch.get("fail_first") and not earlier:
            raise ValueError("only the first time")
    time.sleep(batch.get("sleep", 0))
    if "raise" in batch:
        raise ValueError(batch["raise"])
    if "whole" in batch:
        return batch["whole"]
    stranger = {"recordId": "4964" + "9" * 50, "result": "Ok", "data": "c3RyYW5nZXI="}
    answers = [{"recordId": number, **answer} for number, script in scripts for answer in said(script)]
    return {"records": [*answers, stranger]}

def said(script):
    if "answers" in script:
        return script["answers"]
    text = "x" * script["size"] if "size" in script else script.get("data", "")
    answer = {"result": "Ok", "data": base64.b64encode(text.encode()).decode()}
    return [{**answer, "metadata": {"partitionKeys": script["keys"]}} if "keys" in script else answer]

def keep(event):
    import boto3
    s3 = boto3.client("s3")
    folder = event["deliveryStreamArn"].rpartition("/")[2] + "/"
    earlier = s3.list_objects_v2(Bucket="events", Prefix=folder).get("KeyCount", 0)
    s3.put_object(Bucket="events", Key=folder + "%020d" % time.time_ns(), Body=json.dumps(event).encode())
    return earlier
"""


def package() -> bytes:
    """The function as a deployment package."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.py", SOURCE)
    return file.getvalue()
