"""A stack's resources, deployed or on this machine, as the AWS CLI would find them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.runtime.errors import CannotRun


def session_of(local_url: str | None) -> boto3.Session:
    if local_url is None:
        return boto3.Session()
    # A bundle on this machine looks at no credentials, and none that are real go there.
    return boto3.Session("local", "local", region_name="us-east-1")


def resources_of(session: boto3.Session, stack: str, kind: str) -> Mapping[str, str]:
    """What the stack's resources of this kind, such as `AWS::SQS::Queue`, are called, by their logical ids.

    The stack is asked, because CloudFormation cuts the names that it makes: a long stack's name leaves
    nothing to go by.
    """
    pages = session.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources
        # What an update has removed may still be listed.
        if resource["ResourceType"] == kind and resource["ResourceStatus"] != "DELETE_COMPLETE"
    }


@contextmanager
def refusals_told() -> Iterator[None]:
    """Raises `CannotRun`, which says what AWS answered, for what it refuses in the block."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        raise CannotRun(
            f"AWS answered {code}; `aws sts get-caller-identity` tells whether your credentials work, "
            f"`aws cloudformation list-stacks` which stacks there are"
        ) from None
