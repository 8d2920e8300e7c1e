"""A stack's resources, deployed or on this machine, as the AWS CLI would find them."""

from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any, Final

import boto3

from cli.which_stack import stack_of

LIST: Final = "list_stack_resources"


def session_of(given: Namespace) -> boto3.Session:
    if given.aws_url is None:
        return stack_of(given).session()
    # A bundle on this machine looks at no credentials, and none that are real go there.
    return boto3.Session("local", "local", region_name="us-east-1")


def resources_of(session: boto3.Session, stack: str, kind: str) -> Mapping[str, str]:
    """What the stack's resources of a kind, such as `AWS::SQS::Queue`, are called, by their logical ids."""
    pages = session.client("cloudformation").get_paginator(LIST).paginate(StackName=stack)
    return resources_by_kind(pages).get(kind, {})


def resources_by_kind(pages: Iterable[Any]) -> Mapping[str, Mapping[str, str]]:
    """What all of a stack's resources are called, by kind and logical id, out of what `LIST` answers.

    The stack is asked, because CloudFormation cuts the names that it makes: a long stack's name leaves
    nothing to go by.
    """
    found: dict[str, dict[str, str]] = {}
    for resource in (one for page in pages for one in page["StackResourceSummaries"]):
        # What an update has removed may still be listed.
        if resource["ResourceStatus"] != "DELETE_COMPLETE":
            kind = found.setdefault(resource["ResourceType"], {})
            kind[resource["LogicalResourceId"]] = resource["PhysicalResourceId"]
    return found
