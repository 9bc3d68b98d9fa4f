"""What becomes of data when its stack is deleted. Deleting takes two keys, and synthesis says so."""

from aws_cdk import Annotations, RemovalPolicy, Stack

from cdk.pipeline import Pipeline

CONTEXT_KEY = "allow-data-deletion"


def removal_policy(pipeline: Pipeline) -> RemovalPolicy:
    """DESTROY only if the environment permits it and the context allows it.

    Otherwise what was created stays, unless its creation is rolled back: empty, it would be in the way of the next try.
    """
    return RemovalPolicy.DESTROY if pipeline.deletes_data else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE


def announce(stack: Stack, pipeline: Pipeline) -> None:
    """Warn of data that goes with its stack, and of one key without the other."""
    name = pipeline.environment.name
    if pipeline.deletes_data:
        Annotations.of(stack).add_warning_v2(
            "standpipe:data-deletion", f"deleting this stack of {name} deletes its data ({CONTEXT_KEY} is given)"
        )
    elif pipeline.data_deletion_allowed:
        Annotations.of(stack).add_warning_v2(
            "standpipe:data-retained",
            f"{CONTEXT_KEY} has no effect: {name} keeps its data (data_deletable: false in cdk/environments.yaml)",
        )
    elif pipeline.environment.data_deletable and name != "local":  # nobody looks for a laptop's data on AWS
        Annotations.of(stack).add_info_v2(
            "standpipe:data-retained", f"data of {name} outlive their stack; -c {CONTEXT_KEY}=true deletes them with it"
        )
