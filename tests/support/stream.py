"""Records of the table's stream and messages of the mark queue, as Lambda hands them over."""

import json
from typing import Any

from moto.events.models import EventPattern

from tests.support.bundle_on_moto import Event, event_file
from tests.support.template import raw_template

Image = dict[str, Any]


def record(number: int, *, old: Image | None = None, new: Image | None = None) -> dict[str, Any]:
    """The change from one image of an item to another; None is before its making, or after its removal."""
    made: dict[str, Any] = event_file("announce")["Records"][0]
    image = new or old
    assert image is not None
    made["eventName"] = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    made["dynamodb"] |= {
        "Keys": {name: image[name] for name in ("pk", "sk")},
        "SequenceNumber": str(number),
    }
    for name, given in (("OldImage", old), ("NewImage", new)):
        made["dynamodb"].pop(name, None)
        if given is not None:
            made["dynamodb"][name] = given
    return made


def passes_filter(change: Any) -> bool:
    """Whether the template lets this record through to the announcing function."""
    announce = raw_template()["Resources"]["Announce"]["Properties"]["Events"]["Changes"]["Properties"]
    patterns = [entry["Pattern"] for entry in announce["FilterCriteria"]["Filters"]]
    return any(EventPattern.load(pattern).matches_event(change) for pattern in patterns)


def messages(*bodies: Any) -> Event:
    """One batch of the mark queue; a body that is no text is sent as JSON."""
    template = event_file("mark_fax")["Records"][0]
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {
        "Records": [
            {**template, "messageId": f"message-{number}", "body": text} for number, text in enumerate(texts)
        ]
    }
