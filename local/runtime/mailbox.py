"""What SES does with a received email, as the receipt rule says: into the bucket, then to a function."""

from collections.abc import Mapping
from email import message_from_bytes, policy
from typing import Any
from uuid import uuid4

from local.runtime.aws import Aws
from local.runtime.clock import VirtualClock
from local.runtime.errors import UnknownConstruct
from local.runtime.functions import Function
from local.runtime.intrinsics import Resolver
from local.runtime.template import Resource, reading


class Mailbox:
    """One receipt rule. Whoever hands in an email here has passed every check that SES makes."""

    def __init__(
        self,
        rule: Resource,
        resolver: Resolver,
        functions: Mapping[str, Function],
        aws: Aws,
        clock: VirtualClock,
    ) -> None:
        self._clock = clock
        self._client = aws.client("s3")
        with reading(rule.name, resolver.resolve(rule.name, rule.properties)) as section:
            section.pass_over("RuleSetName")
            with reading(f"{rule.name}.Rule", section.take("Rule")) as what:
                what.pass_over("Name", "Enabled", "ScanEnabled", "TlsPolicy")
                (self._recipient,) = what.take("Recipients")
                kept, told = what.take("Actions")
        with reading(f"{rule.name}.S3Action", kept.get("S3Action")) as action:
            self._bucket, self._prefix = action.take("BucketName"), action.take("ObjectKeyPrefix")
        with reading(f"{rule.name}.LambdaAction", told.get("LambdaAction")) as action:
            arn = action.take("FunctionArn")
            if action.take("InvocationType") != "Event":
                raise UnknownConstruct(rule.name, "another InvocationType than Event")
        self._function_arn = arn
        self._function = functions[arn.rpartition("-")[2]]

    def receive(self, raw: bytes, sender: str) -> None:
        """An email of this envelope sender has arrived."""
        message_id = uuid4().hex
        self._client.put_object(Bucket=self._bucket, Key=f"{self._prefix}{message_id}", Body=raw)
        event = {"Records": [self._record(raw, sender, message_id)]}
        self._function.invoke_later(self._clock.now(), event)

    def _record(self, raw: bytes, sender: str, message_id: str) -> dict[str, Any]:
        message = message_from_bytes(raw, policy=policy.default)
        now = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        checks = ("spam", "virus", "spf", "dkim", "dmarc")
        return {
            "eventSource": "aws:ses",
            "eventVersion": "1.0",
            "ses": {
                "mail": {
                    "timestamp": now,
                    "source": sender,
                    "messageId": message_id,
                    "destination": [self._recipient],
                    "headersTruncated": False,
                    "headers": [{"name": name, "value": str(value)} for name, value in message.items()],
                    "commonHeaders": {"returnPath": sender, "from": [str(message["From"])]},
                },
                "receipt": {
                    "timestamp": now,
                    "recipients": [self._recipient],
                    **{f"{check}Verdict": {"status": "PASS"} for check in checks},
                    "action": {
                        "type": "Lambda",
                        "functionArn": self._function_arn,
                        "invocationType": "Event",
                    },
                },
            },
        }
