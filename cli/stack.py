"""A stack's resources, deployed or on this machine, as the AWS CLI would find them."""

from argparse import Namespace
from collections.abc import Mapping

import boto3

from cli.which_stack import stack_of


def session_of(given: Namespace) -> boto3.Session:
    if given.aws_url is None:
        return stack_of(given).session()
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
