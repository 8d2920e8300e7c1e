"""A stack in moto with what a command looks for: accounts, callback URLs, tokens and credentials."""

import json

import boto3

REGION = "us-east-1"
STACK = "faxledger"
TOKEN = "t" * 48
SOFTLINX_URL = "https://fax.clinic.example/callbacks/softlinx/TOKEN"
GREENFAX_URL = "https://fax.clinic.example/callbacks/greenfax/TOKEN"


def make_small_stack(*, softlinx: str = "Acme", greenfax: str = "12345", listens: bool = True) -> None:
    """As the real template names its parts; an account that is empty leaves its provider out."""
    outputs: dict[str, str] = {"ApiUrl": "https://fax.clinic.example"}
    client = boto3.client("secretsmanager", REGION)

    def make_secret(name: str, value: str) -> None:
        # moto's CloudFormation makes none.
        outputs[name] = client.create_secret(Name=f"{STACK}-{name}", SecretString=value)["ARN"]

    for prefix, account, url in (
        ("Softlinx", softlinx if listens else "", SOFTLINX_URL),
        ("GreenFax", greenfax, GREENFAX_URL),
    ):
        if account:
            make_secret(f"{prefix}CallbackTokens", TOKEN)
            outputs["SoftlinxCallbackUrl" if prefix == "Softlinx" else "GreenFaxNotifyUrl"] = url
    if softlinx:
        make_secret("SoftlinxCredentials", '{"login": "", "password": ""}')
    if greenfax:
        make_secret("GreenFaxCredentials", '{"password": ""}')
    template = {
        "Parameters": {name: {"Type": "String"} for name in ("SoftlinxRealm", "GreenFaxAccountId")},
        # A stack has to have one.
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    given = {"SoftlinxRealm": softlinx, "GreenFaxAccountId": greenfax}
    boto3.client("cloudformation", REGION).create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    )


def secret_of(name: str) -> str:
    """What the functions would read of the stack's secret of this name, by its version's label."""
    (stack,) = boto3.client("cloudformation", REGION).describe_stacks(StackName=STACK)["Stacks"]
    (secret_id,) = [one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == name]
    client = boto3.client("secretsmanager", REGION)
    return str(client.get_secret_value(SecretId=secret_id, VersionStage="AWSCURRENT")["SecretString"])
