"""A receipt of a fax that was sent, as the API gives it, and with a signature under it."""

import json
from base64 import b64encode
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from faxledger.domain.amendments import AmendedFax
from faxledger.domain.fax import Source, Status
from faxledger.domain.report import Facts, Fax, Sighting
from faxledger.domain.signatures import message_of
from faxledger.web.receipt_document import receipt_of
from tests.fakes.clock import NOON
from tests.fakes.faxes import outbound

NUMBER = "+1 (202) 555-0100"
LETTER = b"%PDF-1.4 a letter"


def a_receipt(*, tsi: str = "CLINIC", sightings: int = 2, sent_sha256: tuple[str, ...] = ()) -> Any:
    """Parsed from JSON. What was given has the sender's own `TSI`."""
    given = {"FaxId": "33", "FaxStatus": "sent", "FaxNumber": NUMBER, "TSI": tsi, "Message": "a " * 20}
    fax = Fax(
        outbound(33),
        first_status=Status.SENT,
        settled_at=NOON,
        settled_by=Source.CALLBACK,
        completed_at=NOON - timedelta(minutes=5),
        facts=Facts(to_number=NUMBER, pages=3, pages_total=3, reference="case-7"),
        sightings=tuple(
            Sighting(Source.CALLBACK, "sent", NOON + timedelta(hours=number), given, status=Status.SENT)
            for number in range(sightings)
        ),
        sent_sha256=sent_sha256,
    )
    zone = ZoneInfo("America/New_York")
    return json.loads(json.dumps(receipt_of(AmendedFax(fax), None, zone=zone, now=NOON + timedelta(days=1))))


def signed(receipt: Any, key: ec.EllipticCurvePrivateKey) -> Any:
    value = b64encode(key.sign(message_of(receipt), ec.ECDSA(SHA256()))).decode()
    return {**receipt, "signature": {"algorithm": "ECDSA_SHA_256", "key_id": "arn:key", "value": value}}
