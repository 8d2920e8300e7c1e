"""What is to be sent: an item for each request to a provider, and one for each of its recipients."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from faxledger.domain.deliveries import Channel, Target
from faxledger.domain.events import EventType
from faxledger.domain.fax import FailureClass, FaxId, Provider
from faxledger.domain.report import Failure
from faxledger.domain.submission import (
    Handover,
    KeptOrder,
    Order,
    OrderState,
    OutgoingDocument,
    Recipient,
    Submission,
    SubmissionState,
)
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.ledger import items, keys, submissions
from faxledger.ledger.attributes import Value, decoder, from_attributes, to_attributes
from faxledger.ledger.submissions import KeptSubmissions
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.ledger.writes import equal, is_own, random_token, update
from faxledger.usecases.ports.world import Clock

_MAY_BEGIN = (OrderState.ACCEPTED, OrderState.GIVEN_UP)


class DynamoOrders:
    """Implements `Orders` and `Submissions`. Every method raises `LedgerUnavailable`."""

    def __init__(self, table: Table, clock: Clock, token: Callable[[], str] = random_token) -> None:
        self._table = table
        self._submissions = KeptSubmissions(table)
        self._clock = clock
        self._token = token

    def accept(self, order: Order) -> KeptOrder:
        """Keep an order and its submissions; what was kept under its id before stays and is returned."""
        expiry = int((order.accepted_at + timedelta(days=self._table.retention_days)).timestamp())
        kept = KeptOrder(order)
        try:
            self._put(_order_key(order.id), {**_encode_order(order), "expires_at": expiry})
        except ConditionFailed as failure:
            kept = _decode_order(failure.item)
            if kept.order.fingerprint != order.fingerprint:
                return kept
        # Also on a repetition: the first try may have ended between the order and these.
        for index, submission_id in enumerate(kept.order.submissions):
            try:
                self._put(
                    submissions.key_of(submission_id),
                    {**submissions.encode(self._accepted(kept.order, index)), "expires_at": expiry},
                )
            except ConditionFailed:
                continue
        return kept

    def _accepted(self, order: Order, index: int) -> Submission:
        submission = order.submission(index)
        overdue_at = order.accepted_at + timedelta(hours=self._table.overdue_hours)
        return replace(submission, overdue_at=submission.overdue_at or overdue_at)

    def find(self, order_id: str) -> KeptOrder | None:
        item = self._get(_order_key(order_id))
        return _decode_order(item) if item else None

    def begin(self, order_id: str, *, until: datetime) -> bool:
        """Whether the provider may be asked now; if so, that is written, and nobody else may."""
        token = self._token()
        now = self._clock.now()
        try:
            self._change(
                order_id,
                _MAY_BEGIN,
                {
                    "state": OrderState.SENDING,
                    "sending_at": timestamp(now),
                    "sending_until": timestamp(until),
                    "write_token": token,
                },
            )
        except ConditionFailed as failure:
            return is_own(failure, token)
        return True

    def release(self, order_id: str) -> None:
        """The provider has taken nothing: it may be asked again."""
        self._change_if(order_id, (OrderState.SENDING,), {"state": OrderState.ACCEPTED})

    def give_up(self, order: Order) -> bool:
        """Nobody tries any more, until a person puts the message back; False if the provider was asked."""
        try:
            # One that was given up before may have lost its submissions' words to a crash.
            self._change(order.id, _MAY_BEGIN, {"state": OrderState.GIVEN_UP})
        except ConditionFailed:
            return False
        for submission_id in order.submissions:
            self.record(submission_id, Handover(SubmissionState.GIVEN_UP))
        return True

    def answered(self, order_id: str, handovers: tuple[Handover, ...]) -> None:
        """Keep what became of each recipient, before anything is done about it."""
        text = json.dumps([_handover_as_json(handover) for handover in handovers])
        self._change_if(
            order_id,
            (OrderState.SENDING, OrderState.ANSWERED),
            {"state": OrderState.ANSWERED, "handovers": text},
        )

    def record(self, submission_id: str, handover: Handover) -> None:
        """Tell how far a submission has come, unless it is joined with its job or has failed.

        A bounce may be faster than whoever handed the email over is with saying so.
        """
        now = self._clock.now()

        def recorded(known: Submission) -> Submission | None:
            if not known.has_no_fax_yet:
                return None
            return replace(
                known,
                state=handover.state,
                state_at=now,
                fax=handover.fax,
                failure=handover.failure or known.failure,
            )

        self._submissions.change(submission_id, recorded)

    def submission(self, submission_id: str) -> Submission | None:
        return self._submissions.find(submission_id)

    def _put(self, key: Mapping[str, Any], values: Mapping[str, Value | None]) -> None:
        with ledger_errors():
            self._table.client.put_item(
                TableName=self._table.name,
                Item={**key, **to_attributes({"version": items.VERSION, **values})},
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def _get(self, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        with ledger_errors():
            answer = self._table.client.get_item(TableName=self._table.name, Key=key, ConsistentRead=True)
        found: Mapping[str, Any] | None = answer.get("Item")
        return found

    def _change_if(
        self, order_id: str, states: tuple[OrderState, ...], values: Mapping[str, Value | None]
    ) -> None:
        try:
            self._change(order_id, states, values)
        except ConditionFailed:
            return

    def _change(
        self, order_id: str, states: tuple[OrderState, ...], values: Mapping[str, Value | None]
    ) -> None:
        """Set attributes while the order is in one of these states; raises `ConditionFailed`."""
        update(self._table, _order_key(order_id), put=values, where=[equal("state", *states)])


def _order_key(order_id: str) -> dict[str, Any]:
    return keys.primary("ORDER", order_id)


def _encode_order(order: Order) -> dict[str, Value | None]:
    return {
        "provider": order.provider,
        "state": OrderState.ACCEPTED,
        "fingerprint": order.fingerprint,
        "accepted_at": timestamp(order.accepted_at),
        # One text, because nothing looks for any part of it.
        "asked": json.dumps(_order_as_json(order)),
    }


def _order_as_json(order: Order) -> dict[str, Any]:
    return {
        "submissions": order.submissions,
        "recipients": [_given(recipient, _RECIPIENT) for recipient in order.recipients],
        "documents": [_given(document, _DOCUMENT) for document in order.documents],
        "user": order.user,
        "reference": order.reference,
        "send_after": order.send_after.isoformat() if order.send_after else None,
        "options": dict(order.options),
        "resends": str(order.resends) if order.resends else None,
        "notify": [[target.channel, target.address, sorted(target.events)] for target in order.notify],
        "is_redirected": order.is_redirected,
        "known_as": order.known_as,
        "over_by": order.over_by.isoformat() if order.over_by else None,
        "overdue_at": order.overdue_at.isoformat() if order.overdue_at else None,
        "requested_by": order.requested_by,
        "resent_sha256": order.resent_sha256,
    }


_RECIPIENT = ("number", "name", "company", "title", "voice", "fax")
_DOCUMENT = ("key", "media_type", "size", "sha256")


def _given(thing: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(thing, name)) is not None}


@decoder
def _decode_order(item: Mapping[str, Any]) -> KeptOrder:
    values = from_attributes(item)
    asked = json.loads(values["asked"])
    order = Order(
        id=values["pk"].partition("#")[2],
        provider=Provider(values["provider"]),
        submissions=tuple(asked["submissions"]),
        recipients=tuple(Recipient(**recipient) for recipient in asked["recipients"]),
        accepted_at=moment_of(values["accepted_at"]),
        fingerprint=values["fingerprint"],
        documents=tuple(OutgoingDocument(**document) for document in asked["documents"]),
        user=asked["user"],
        reference=asked["reference"],
        # Whatever the sender has asked for, the end of the calendar included.
        send_after=datetime.fromisoformat(asked["send_after"]) if asked["send_after"] else None,
        options=asked["options"],
        resends=_fax_id(asked["resends"]),
        notify=tuple(map(_target, asked.get("notify", ()))),
        is_redirected=asked.get("is_redirected", False),
        # Orders that were kept before there were these have none.
        known_as=asked.get("known_as"),
        over_by=_moment(asked.get("over_by")),
        overdue_at=_moment(asked.get("overdue_at")),
        requested_by=asked.get("requested_by"),
        resent_sha256=tuple(asked.get("resent_sha256", ())),
    )
    return KeptOrder(
        order,
        state=OrderState(values["state"]),
        sending_at=_moment(values.get("sending_at")),
        sending_until=_moment(values.get("sending_until")),
        handovers=tuple(map(_handover_of, json.loads(values.get("handovers", "[]")))),
    )


def _target(given: Sequence[Any]) -> Target:
    channel, address, events = given
    return Target(Channel(channel), address, frozenset(map(EventType, events)))


def _handover_as_json(handover: Handover) -> dict[str, Any]:
    failure = handover.failure
    return {
        "state": handover.state,
        "fax": str(handover.fax) if handover.fax else None,
        "failure": (
            [failure.failure_class, items.as_kept(failure.code), items.as_kept(failure.text)]
            if failure
            else None
        ),
    }


def _handover_of(given: Mapping[str, Any]) -> Handover:
    failure = given["failure"]
    return Handover(
        SubmissionState(given["state"]),
        _fax_id(given["fax"]),
        Failure(FailureClass(failure[0]), failure[1], failure[2]) if failure else None,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment_of(text)


def _fax_id(text: str | None) -> FaxId | None:
    return None if text is None else FaxId.parse(text)
