"""For each function of the template: what may be cut short, what happens then, and how it has to end."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

from faxledger.domain.closed_days import DayVersion, breaks_of
from tests.functions.deaths.ward import GOOD, Case, Ward
from tests.support.bundle_on_moto import event_file
from tests.support.stream import messages, record


def marking(ward: Ward) -> Case:
    fax = ward.settled()
    return Case(
        run=lambda: ward.invoke("MarkFax", messages({"detail": {"fax_id": fax}})),
        go_on=lambda: ward.sweep(hours=3),
        end=lambda: ward.is_marked(fax) and ward.item(fax)["duty_mark"] == "done",
    )


def retrieving(ward: Ward) -> Case:
    fax = ward.settled("inbound")

    def is_stored() -> bool:
        item = ward.item(fax)
        return item["duty_store"] == "done" and item["document_key"] in ward.stack.documents()

    return Case(
        run=lambda: ward.invoke("RetrieveContent", messages({"detail": {"fax_id": fax}})),
        go_on=lambda: ward.sweep(hours=4),
        check=lambda: is_stored() or not ward.is_marked(fax),
        end=lambda: is_stored() and ward.is_marked(fax) and ward.item(fax)["duty_mark"] == "done",
    )


def polling(ward: Ward) -> Case:
    fax = f"softlinx.outbound.acme.{ward.sent()}"

    def poll() -> None:
        ward.stack.clock.advance(hours=1)
        ward.invoke("SoftlinxPoll", event_file("softlinx_poll"))

    def go_on() -> None:
        poll()
        # What was marked is not offered again; that it is marked may still have to be written down.
        ward.sweep(hours=3)

    return Case(
        run=poll,
        go_on=go_on,
        check=lambda: "final_status" in ward.item(fax) or not ward.is_marked(fax),
        end=lambda: ward.is_marked(fax) and ward.item(fax)["duty_mark"] == "done",
    )


def recording(ward: Ward) -> Case:
    fax_id = ward.sent()
    call = ward.told_of(fax_id, "sent")

    def called() -> None:
        ward.stack.restart()
        assert ward.stack.http("SoftlinxCallback", call).status == 200

    return Case(
        run=called,
        # Softlinx was not answered, so it calls again.
        go_on=called,
        end=lambda: ward.item(f"softlinx.outbound.acme.{fax_id}")["final_status"] == "sent",
    )


def announcing(ward: Ward) -> Case:
    fax = ward.settled("inbound")
    batch = {"Records": [record(next(ward.numbers), new=ward.stack.image(fax))]}
    told: list[dict[str, Any]] = []

    def is_told_under_one_id() -> bool:
        told.extend(event for event in ward.announced() if event["detail"]["fax_id"] == fax)
        return len({event["detail"]["event_id"] for event in told}) == 1

    def go_on() -> None:
        # At worst every one of Lambda's own tries ends so, and it leaves the batch.
        ward.stack.leave_failed(f"aws/lambda/{fax}", {"payload": batch})
        ward.sweep(hours=1)

    return Case(run=lambda: ward.invoke("Announce", batch), go_on=go_on, end=is_told_under_one_id)


def delivery(ward: Ward) -> Case:
    fax = ward.settled()
    batch = {"Records": [record(next(ward.numbers), new=ward.stack.image(fax))]}
    ward.announced()
    ward.invoke("Announce", batch)
    (event,) = (event for event in ward.announced() if event["detail"]["fax_id"] == fax)

    def tell() -> None:
        ward.invoke("Notify", messages(event))
        ward.deliver("NotifyQueue", "Notify")

    def go_on() -> None:
        # The event comes again, as its queue has it; whatever due_deliveries there were are lost.
        tell()
        for _ in range(2):
            ward.stack.clock.advance(minutes=15)
            ward.invoke("NotifyDue", event_file("notify_due"))
            ward.deliver("NotifyQueue", "Notify")

    def is_told() -> bool:
        (delivery,) = ward.stack.items(f"DELIVERY#{fax}")
        return bool(delivery["duty_deliver"] == "done")

    return Case(run=tell, go_on=go_on, end=is_told)


def sending(ward: Ward) -> Case:
    order = event_file("submit_fax")
    order["headers"]["idempotency-key"] = f"key-number-{next(ward.numbers)}"
    submissions = ward.stack.http("SubmitFax", order).document["submissions"]
    batch = messages(*ward.stack.to_be_sent())
    before = len(ward.softlinx.sends())

    def send() -> None:
        ward.stack.clock.advance(minutes=40)
        ward.invoke("SendFax", batch)

    def taken() -> int:
        return len(ward.softlinx.sends()) - before

    def is_handed_over_once_or_known_to_be_in_doubt() -> bool:
        (submission,) = submissions
        item = ward.stack.items(f"SUBMISSION#{submission['id']}")[0]
        if item["state"] == "unknown":
            # It died between writing that it asks and asking: a person decides, and nothing is sent twice.
            return taken() == 0
        is_open = "submitted_at" in ward.item(item.get("fax_id", ""))
        return item["state"] == "handed_over" and is_open and taken() == 1

    return Case(
        run=send,
        go_on=send,
        check=lambda: taken() <= 1,
        end=is_handed_over_once_or_known_to_be_in_doubt,
    )


def sweeping(ward: Ward) -> Case:
    unmarked, unannounced = ward.settled(), ward.settled()
    batch = {"Records": [record(next(ward.numbers), new=ward.stack.image(unannounced))]}
    ward.stack.leave_failed(f"aws/lambda/{unannounced}", {"payload": batch})
    ward.announced()
    ward.stack.clock.advance(hours=3)
    told: list[str] = []

    def is_done() -> bool:
        ward.deliver("MarkQueue", "MarkFax")
        told.extend(event["detail"]["fax_id"] for event in ward.announced())
        return ward.is_marked(unmarked) and unannounced in told and ward.stack.failed_batches() == []

    return Case(run=lambda: ward.invoke("Sweep"), go_on=lambda: ward.sweep(hours=3), end=is_done)


def closing(ward: Ward) -> Case:
    """A day to close, and one before it of which more is known by now."""
    stack = ward.stack
    yesterday = stack.clock.now().date()
    if not stack.items("CLOSED#"):
        stack.parameters["TellFrom"] = yesterday.isoformat()
    for known in stack.items("CLOSED#"):
        # Of what the cases before have left, nothing is looked at again.
        key = {name: known[name] for name in ("pk", "sk")}
        stack.table.update_item(
            Key=key, UpdateExpression="SET is_complete = :yes", ExpressionAttributeValues={":yes": True}
        )
    late = ward.sent()
    stack.clock.advance(days=1, hours=1)

    def close() -> None:
        stack.clock.advance(minutes=20)
        ward.invoke("CloseDay", event_file("close_day"))
        ward.announced()

    close()
    told = ward.told_of(late, "sent", CompleteTime=f"{yesterday}T23:00:00Z")
    assert stack.http("SoftlinxCallback", told).status == 200
    stack.clock.advance(days=1)

    def is_closed() -> bool:
        days = {item["sk"]: item for item in stack.items("CLOSED#")}
        head = days.pop("HEAD")
        latest = days[f"DAY#{yesterday}"]
        told = {
            (event["detail"]["day"], event["detail"]["day_version"])
            for event in ward.seen
            if event.get("detail-type") == "Day Closed"
        }
        records = stack.records()
        return bool(
            breaks_of(records) == ()
            and int(head["records"]) == len(records)
            and int(latest["version"]) == 2
            and {(one.day.isoformat(), one.version) for one in map(DayVersion.of_key, records) if one} <= told
        )

    return Case(run=close, go_on=close, check=lambda: breaks_of(stack.records()) == (), end=is_closed)


# --- GreenFax ---------------------------------------------------------------------------------------------


def notified(ward: Ward) -> Case:
    job_id = ward.sent_by_greenfax()
    call = ward.notification_of(job_id)

    def notify() -> None:
        ward.stack.restart()
        assert ward.stack.http("GreenFaxNotify", call).status == 200

    return Case(
        run=notify,
        # GreenFax never calls twice: its feed tells of the fax.
        go_on=lambda: ward.read_feeds(times=3),
        end=lambda: ward.item(f"greenfax.outbound.12345.{job_id}")["final_status"] == "sent",
    )


def feeding(ward: Ward) -> Case:
    job_id = ward.sent_by_greenfax()

    def is_settled() -> bool:
        return ward.item(f"greenfax.outbound.12345.{job_id}").get("final_status") == "sent"

    def go_on() -> None:
        # After a run that broke off the next ones ask for less at a time.
        for _ in range(3):
            if not is_settled():
                ward.read_feeds()

    def asked_too_soon() -> bool:
        outbound = [one.at for one in ward.greenfax.feed_requests() if one.direction == "outbound"]
        return any(later - earlier < timedelta(minutes=20) for earlier, later in pairwise(outbound))

    return Case(
        run=ward.read_feeds,
        go_on=go_on,
        check=lambda: not asked_too_soon(),
        end=is_settled,
    )


def admitting(ward: Ward) -> Case:
    event = event_file("admit_email")
    admitted: list[dict[str, Any]] = []

    def admit() -> None:
        ward.invoke("AdmitEmail", event)

    def is_passed_on() -> bool:
        admitted.extend(ward.stack.sent_for("StatusEmailQueue"))
        message_id = event["Records"][0]["ses"]["mail"]["messageId"]
        return {message["message_id"] for message in admitted} == {message_id}

    # What was invoked asynchronously is tried again by Lambda.
    return Case(run=admit, go_on=admit, end=is_passed_on)


def emailed(ward: Ward) -> Case:
    job_id = ward.sent_by_greenfax()
    message_id = f"message-{job_id}"
    ward.stack.put_email(message_id, f"Job ID: {job_id}\nStatus: success\n".encode())

    def read() -> None:
        assert ward.invoke("GreenFaxEmail", messages({"message_id": message_id})) == {"batchItemFailures": []}

    return Case(
        run=read,
        go_on=read,
        end=lambda: ward.item(f"greenfax.outbound.12345.{job_id}")["final_status"] == "sent",
    )


def downloading(ward: Ward) -> Case:
    fax = ward.received_by_greenfax()

    def is_stored() -> bool:
        item = ward.item(fax)
        return item["duty_store"] == "done" and item["document_key"] in ward.stack.documents()

    return Case(
        run=lambda: ward.invoke("DownloadContent", messages({"detail": {"fax_id": fax}})),
        go_on=lambda: ward.sweep(hours=4),
        check=lambda: ward.item(fax)["duty_store"] == "pending" or is_stored(),
        end=is_stored,
    )


def mailing(ward: Ward) -> Case:
    submission, batch = ward.to_be_mailed()
    before = len(ward.stack.emails())

    def mail() -> None:
        ward.stack.clock.advance(minutes=40)
        ward.invoke("MailFax", batch)

    def mails() -> int:
        return len(ward.stack.emails()) - before

    def is_mailed_once_or_known_to_be_in_doubt() -> bool:
        state = ward.submission(submission)["state"]
        return state == "unknown" or (state == "handed_over" and mails() == 1)

    return Case(run=mail, go_on=mail, check=lambda: mails() <= 1, end=is_mailed_once_or_known_to_be_in_doubt)


def joining(ward: Ward) -> Case:
    submission, batch = ward.to_be_mailed()
    ward.invoke("MailFax", batch)
    job_id = ward.sent_by_greenfax()
    notification = ward.notification_of(job_id, code=submission, number=GOOD)
    assert ward.stack.http("GreenFaxNotify", notification).status == 200
    fax = f"greenfax.outbound.12345.{job_id}"

    def join() -> None:
        # The stream gives the same record again until it is done with.
        stream = {"Records": [record(next(ward.numbers), new=ward.stack.image(fax))]}
        assert ward.invoke("JoinFax", stream) == {"batchItemFailures": []}

    def is_joined() -> bool:
        item = ward.item(fax)
        joined = item.get("submission"), item.get("joined_by"), ward.submission(submission).get("fax_id")
        return joined == (submission, "code", fax)

    return Case(run=join, go_on=join, end=is_joined)


def bouncing(ward: Ward) -> Case:
    submission, batch = ward.to_be_mailed()
    ward.invoke("MailFax", batch)
    event = event_file("greenfax_bounces")
    body = json.loads(event["Records"][0]["body"])
    body["submission"] = submission
    event["Records"][0]["body"] = json.dumps(body)

    def bounce() -> None:
        assert ward.invoke("GreenFaxBounces", event) == {"batchItemFailures": []}

    return Case(run=bounce, go_on=bounce, end=lambda: bool(ward.submission(submission)["state"] == "refused"))


# --- people -----------------------------------------------------------------------------------------------


def submitting(ward: Ward) -> Case:
    order = event_file("submit_fax")
    order["headers"]["idempotency-key"] = f"key-number-{next(ward.numbers)}"
    ids: set[str] = set()
    asked_for: list[str] = []

    def submit() -> None:
        ward.stack.restart()
        answer = ward.stack.http("SubmitFax", order)
        assert answer.status == 202
        ids.add(answer.document["submissions"][0]["id"])

    def is_on_its_way_once() -> bool:
        asked_for.extend(message["order_id"] for message in ward.stack.to_be_sent())
        (submission,) = ids
        return (
            set(asked_for) == {submission.partition("-")[0]}
            and len(ward.stack.items(f"SUBMISSION#{submission}")) == 1
        )

    # Nobody was answered, so the same request is made again.
    return Case(run=submit, go_on=submit, end=is_on_its_way_once)


def amending(ward: Ward) -> Case:
    fax = ward.settled()
    event = event_file("amend_fax")
    event["pathParameters"]["id"] = fax

    def amend() -> None:
        ward.stack.restart()
        assert ward.stack.http("AmendFax", event).status in {200, 201}

    def is_amended_once() -> bool:
        item = ward.item(fax)
        return "amendment_1" in item and "amendment_2" not in item and item["final_status"] == "sent"

    return Case(run=amend, go_on=amend, end=is_amended_once)


def editing(ward: Ward) -> Case:
    event = event_file("edit_routes")
    event["pathParameters"]["name"] = f"user-{next(ward.numbers)}"

    def edit() -> None:
        ward.stack.restart()
        assert ward.stack.http("EditRoutes", event).status == 200

    return Case(
        run=edit,
        go_on=edit,
        end=lambda: len(ward.stack.items(f"ROUTE#softlinx#{event['pathParameters']['name']}")) == 1,
    )


def looking_for_deliveries(ward: Ward) -> Case:
    fax = ward.settled()
    ward.announced()
    ward.invoke("Announce", {"Records": [record(next(ward.numbers), new=ward.stack.image(fax))]})
    (event,) = (event for event in ward.announced() if event["detail"]["fax_id"] == fax)
    with ward.stack.out_of_reach("sesv2"):
        ward.invoke("Notify", messages(event))
    # The message for the second attempt is lost: only the table knows that somebody is to be told.
    ward.stack.sent_for("NotifyQueue")

    def look() -> None:
        ward.stack.clock.advance(minutes=15)
        ward.invoke("NotifyDue", event_file("notify_due"))
        ward.deliver("NotifyQueue", "Notify")

    def is_told() -> bool:
        ward.deliver("NotifyQueue", "Notify")
        (delivery,) = ward.stack.items(f"DELIVERY#{fax}")
        return bool(delivery["duty_deliver"] == "done")

    return Case(run=look, go_on=look, end=is_told)


def redriving(ward: Ward) -> Case:
    fax = ward.settled()
    ward.announced()
    ward.invoke("Announce", {"Records": [record(next(ward.numbers), new=ward.stack.image(fax))]})
    (event,) = (event for event in ward.announced() if event["detail"]["fax_id"] == fax)
    with ward.stack.out_of_reach("sesv2"):
        ward.invoke("Notify", messages(event))
    ward.stack.sent_for("NotifyQueue")
    ward.stack.clock.advance(seconds=10)
    ward.give_up_deliveries(fax)

    def redrive() -> None:
        ward.stack.restart()
        assert ward.stack.http("RedriveDeliveries", event_file("redrive_deliveries")).status == 200

    def is_told() -> bool:
        ward.stack.clock.advance(minutes=5)
        ward.invoke("NotifyDue", event_file("notify_due"))
        ward.deliver("NotifyQueue", "Notify")
        (delivery,) = ward.stack.items(f"DELIVERY#{fax}")
        return (delivery["duty_deliver"], delivery["round_number"]) == ("done", 2)

    # Nobody was answered, so the same request is made again.
    return Case(run=redrive, go_on=redrive, end=is_told)


# By function of the template.
CASES: dict[str, Callable[[Ward], Case]] = {
    "SoftlinxCallback": recording,
    "GreenFaxNotify": notified,
    "AdmitEmail": admitting,
    "GreenFaxEmail": emailed,
    "SoftlinxPoll": polling,
    "GreenFaxFeed": feeding,
    "Announce": announcing,
    "MarkFax": marking,
    "RetrieveContent": retrieving,
    "DownloadContent": downloading,
    "SubmitFax": submitting,
    "SendFax": sending,
    "MailFax": mailing,
    "JoinFax": joining,
    "GreenFaxBounces": bouncing,
    "Notify": delivery,
    "NotifyDue": looking_for_deliveries,
    "EditRoutes": editing,
    "RedriveDeliveries": redriving,
    "AmendFax": amending,
    "Sweep": sweeping,
    "CloseDay": closing,
}
# What has nothing to leave undone, and why.
STEPLESS = {
    "ConsolePage": "it writes nothing",
    "QueryFaxes": "it writes nothing",
    "ReportFaxes": "it writes how far it has come, under a name of its own, and nothing else",
}
