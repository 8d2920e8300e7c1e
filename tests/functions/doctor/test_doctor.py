"""`faxledger doctor` finds what is planted, says it by its check, and names what to do."""

from datetime import timedelta

import httpx
import pytest
from botocore.exceptions import ConnectTimeoutError

from cli.checkup.findings import Finding, Health
from cli.doctor import exit_status
from faxledger.usecases.ports.heard import LOGIN_REFUSED, query
from local.runtime.errors import CannotRun
from tests.functions.doctor.clinic import ALARM, LOGS, QUERIES, Clinic, limits
from tests.support.bundle_on_moto import TOKEN

PENDING = {"SubscriptionArn": "PendingConfirmation", "Protocol": "email"}


def holds(finding: Finding, health: Health, *, seen: str, remedy: str) -> None:
    assert finding.health is health, finding
    assert seen in finding.seen
    assert remedy in (finding.remedy or "")


def test_a_stack_that_is_well_is_said_to_be(clinic: Clinic) -> None:
    found = clinic.look()
    assert [one for one in found.values() if one.health is not Health.WELL] == []
    assert exit_status(found.values()) == 0
    assert {
        *("stack", "version", "clock", "SoftlinxCallbackTokens", "SoftlinxCredentials", "softlinx token"),
        *("softlinx login", "softlinx poll", "softlinx callback", "greenfax outbound", "greenfax notify"),
        *("callbacks refused", "schedules", "dead letters", "alarms", "alarm topic", "concurrency"),
        *("retention", "logs"),
    } <= set(found)


def test_a_missing_secret_is_found(clinic: Clinic) -> None:
    place = clinic.called("AWS::SecretsManager::Secret")["GreenFaxCredentials"]
    clinic.client("secretsmanager").delete_secret(SecretId=place, ForceDeleteWithoutRecovery=True)
    found = clinic.look("secrets")
    holds(found["GreenFaxCredentials"], Health.WRONG, seen="is not there", remedy="restore-secret")
    assert found["SoftlinxCredentials"].health is Health.WELL
    assert exit_status(found.values()) == 1


@pytest.mark.parametrize(
    ("name", "value", "seen", "remedy"),
    [
        ("SoftlinxCredentials", "hunter2", "is not JSON", "faxledger credentials softlinx"),
        ("SoftlinxCredentials", '{"login": "a", "password": ""}', "no password yet", "faxledger credentials"),
        ("GreenFaxCredentials", '{"login": "a"}', "has no password", "faxledger credentials greenfax"),
        ("SoftlinxCallbackTokens", "too-short", "holds no token", "faxledger rotate-token softlinx"),
        ("NotifySigningKeys", "short", "signing keys", "docs/operations.md"),
    ],
)
def test_a_secret_of_the_wrong_shape_is_found_and_nothing_of_it_is_said(
    clinic: Clinic, name: str, value: str, seen: str, remedy: str
) -> None:
    clinic.stack.put_secret(name, value)
    finding = clinic.look("secrets")[name]
    holds(finding, Health.WRONG, seen=seen, remedy=remedy)
    assert value not in str(finding)


def test_a_wrong_softlinx_password_is_found_without_a_further_login(clinic: Clinic) -> None:
    clinic.stack.clock.advance(minutes=5)
    clinic.heard("softlinx", LOGIN_REFUSED)
    found = clinic.look("providers")["softlinx login"]
    holds(found, Health.WRONG, seen="refused at 2026-11-22 15:09", remedy="faxledger credentials softlinx")
    assert "not tried again until 2026-11-22 16:09 UTC" in found.seen


def test_a_schedule_that_is_off_is_found(clinic: Clinic) -> None:
    clinic.switch_off("GreenFaxFeedScheduled")
    holds(
        clinic.look("schedules")["schedules"],
        Health.WRONG,
        seen="switched off: GreenFaxFeed",
        remedy="enable clinic-GreenFaxFeedScheduled",
    )


def test_callbacks_under_a_wrong_token_are_found(clinic: Clinic) -> None:
    clinic.count("CallbackRefused", 7, origin="softlinx-callback", reason="token")
    holds(
        clinic.look("callbacks refused")["callbacks refused"],
        Health.ATTENTION,
        seen="7 of softlinx-callback for their token",
        remedy="faxledger urls",
    )


@pytest.mark.parametrize("check", ["softlinx test call", "greenfax test call"])
def test_a_test_callback_is_seen_in_the_ledger(clinic: Clinic, check: str) -> None:
    holds(clinic.look("test callbacks")[check], Health.WELL, seen="under its token", remedy="")
    assert [item["pk"] for item in clinic.stack.items() if item["pk"].startswith(("FAX#", "UNREAD"))] == []


def test_each_token_of_a_rotation_is_tested(clinic: Clinic) -> None:
    clinic.stack.put_secret("SoftlinxCallbackTokens", f"{'a' * 40} {'b' * 40}")
    found = clinic.look("test callbacks")["softlinx test call"]
    holds(found, Health.WELL, seen="each of 2 tokens", remedy="")


def test_a_function_that_knows_another_token_than_the_secret_is_found(clinic: Clinic) -> None:
    clinic.look("test callbacks")
    clinic.stack.put_secret("SoftlinxCallbackTokens", "c" * 40)
    found = clinic.look("test callbacks")["softlinx test call"]
    holds(found, Health.WRONG, seen="404", remedy="faxledger deploy")
    assert "c" * 40 not in str(found)


def test_callbacks_that_cant_be_kept_are_found(clinic: Clinic) -> None:
    with clinic.stack.out_of_reach("dynamodb", "UpdateItem"):
        found = clinic.look("test callbacks")["greenfax test call"]
    holds(found, Health.WRONG, seen="answered 503", remedy="CallbacksAreNotRecorded")


def test_a_url_that_nobody_answers_is_found_and_not_said(clinic: Clinic) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(str(request.url))

    http = httpx.Client(transport=httpx.MockTransport(refuse))
    found = clinic.look("test callbacks", http=http)["softlinx test call"]
    holds(found, Health.WRONG, seen="can't be reached (ConnectError)", remedy="DomainTarget")
    assert TOKEN not in str(found)


def test_where_addresses_are_enforced_nobody_tries(clinic: Clinic) -> None:
    parameters = {**clinic.examined().parameters, "EnforceSoftlinxAddresses": "true"}
    found = clinic.look("test callbacks", parameters=parameters)
    assert found["softlinx test call"].health is Health.NOT_HERE
    assert found["greenfax test call"].health is Health.WELL


def test_a_stack_of_before_gets_no_test_that_it_would_set_aside(clinic: Clinic) -> None:
    outputs = {name: url for name, url in clinic.examined().outputs.items() if name != "Version"}
    found = clinic.look("test callbacks", outputs=outputs)
    assert {one.health for one in found.values()} == {Health.NOT_HERE}
    assert clinic.stack.items("TEST#") == clinic.stack.items("UNREADABLE#") == []


@pytest.mark.parametrize(
    ("check", "what"), [("softlinx callback", "callback"), ("greenfax notify", "notify")]
)
def test_a_push_that_was_never_heard_is_found(clinic: Clinic, check: str, what: str) -> None:
    clinic.forget(check.partition(" ")[0], what)
    holds(clinic.look("providers")[check], Health.ATTENTION, seen="never heard", remedy="faxledger urls")


def test_a_push_that_was_not_heard_for_days_is_found(clinic: Clinic) -> None:
    clinic.stack.clock.advance(hours=73)
    holds(
        clinic.look("providers")["softlinx callback"],
        Health.ATTENTION,
        seen="last heard at 2026-11-22",
        remedy="urls",
    )


def test_a_poll_that_was_not_complete_for_hours_is_found(clinic: Clinic) -> None:
    clinic.stack.clock.advance(hours=4)
    holds(
        clinic.look("providers")["softlinx poll"],
        Health.WRONG,
        seen="last read to its end at 2026-11-22 15:04",
        remedy="the log of SoftlinxPoll",
    )


def test_what_was_never_asked_yet_is_said_with_how_to_ask_now(clinic: Clinic) -> None:
    for what in QUERIES:
        clinic.forget("softlinx", query(what))
    clinic.stack.table.delete_item(Key={"pk": "CURSOR#greenfax-inbound", "sk": "CURSOR"})
    found = clinic.look("providers")
    holds(found["softlinx login"], Health.ATTENTION, seen="never", remedy="faxledger credentials softlinx")
    holds(found["softlinx poll"], Health.ATTENTION, seen="never read", remedy="aws lambda invoke")
    holds(found["greenfax inbound"], Health.ATTENTION, seen="never asked", remedy="the schedule")


def test_a_query_that_was_not_read_for_a_day_is_found(clinic: Clinic) -> None:
    clinic.stack.clock.advance(hours=26)
    clinic.heard("softlinx", query(QUERIES[0]))
    holds(
        clinic.look("providers")["softlinx poll"],
        Health.ATTENTION,
        seen="not for a day: ",
        remedy="PollFails",
    )


def test_a_feed_that_is_not_asked_is_found(clinic: Clinic) -> None:
    clinic.stack.clock.advance(hours=4)
    holds(
        clinic.look("providers")["greenfax inbound"], Health.WRONG, seen="last asked", remedy="GreenFaxFeed"
    )


def test_a_feed_that_was_refused_as_too_early_is_found(clinic: Clinic) -> None:
    clinic.read_feed("outbound", unread_for=timedelta(hours=4))
    clinic.claim("greenfax-feed", timedelta(hours=1))
    holds(
        clinic.look("providers")["greenfax outbound"], Health.WRONG, seen="too soon", remedy="who else asks"
    )


def test_a_feed_that_was_asked_and_whose_answers_nobody_could_read_is_found(clinic: Clinic) -> None:
    clinic.read_feed("outbound", unread_for=timedelta(hours=4))
    finding = clinic.look("providers")["greenfax outbound"]
    holds(finding, Health.WRONG, seen="last read at 2026-11-22 11:04", remedy="credentials greenfax")


def test_a_feed_that_was_refused_for_days_is_found(clinic: Clinic) -> None:
    clinic.read_feed("inbound", days_missing=3)
    holds(clinic.look("providers")["greenfax inbound"], Health.WRONG, seen="3 days", remedy="faxledger feeds")


def test_dead_letters_are_found_with_the_age_of_the_oldest(clinic: Clinic) -> None:
    url = clinic.called("AWS::SQS::Queue")["MarkDeadLetters"]
    clinic.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    clinic.say_age_of("MarkDeadLetters", timedelta(hours=30))
    holds(
        clinic.look("dead letters")["dead letters"],
        Health.WRONG,
        seen="1 of mark, the oldest 30 hours old",
        remedy="`faxledger redrive mark`",
    )


def test_an_alarm_that_tells_nobody_is_found(clinic: Clinic) -> None:
    clinic.client("cloudwatch").disable_alarm_actions(AlarmNames=[ALARM])
    holds(clinic.look("alarms")["alarms"], Health.WRONG, seen="LoginIsRefused", remedy="enable-alarm-actions")


def test_an_alarm_that_rings_is_said_by_its_name_in_the_template(clinic: Clinic) -> None:
    clinic.client("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="test")
    holds(
        clinic.look("alarms")["alarms"], Health.WRONG, seen="ringing: LoginIsRefused", remedy="operations.md"
    )


@pytest.mark.parametrize(
    ("subscriptions", "seen", "remedy"),
    [
        ([], "no subscription", "`faxledger init --yes --set AlarmEmail=ADDRESS`"),
        ([PENDING], "not confirmed", "--protocol email --notification-endpoint ADDRESS`"),
    ],
)
def test_an_alarm_without_a_confirmed_subscription_is_found(
    clinic: Clinic, subscriptions: list[dict[str, str]], seen: str, remedy: str
) -> None:
    clinic.answers["sns", "list_subscriptions_by_topic"] = lambda _: {"Subscriptions": subscriptions}
    holds(clinic.look("alarm topic")["alarm topic"], Health.WRONG, seen=seen, remedy=remedy)


@pytest.mark.parametrize(("seconds", "seen"), [(61, "61 s ahead of AWS's"), (-300, "300 s behind AWS's")])
def test_a_clock_that_is_off_is_found(clinic: Clinic, seconds: int, seen: str) -> None:
    moment = clinic.now() + timedelta(seconds=seconds)
    found = clinic.look("clock", now=lambda: moment)
    holds(found["clock"], Health.WRONG, seen=seen, remedy="NTP")


def test_a_quota_that_full_queues_use_up_is_found(clinic: Clinic) -> None:
    clinic.answers["lambda", "get_account_settings"] = lambda _: limits(10)
    found = clinic.look("concurrency")["concurrency"]
    holds(found, Health.WRONG, seen="10 executions at once", remedy="request-service-quota-increase")


def test_a_token_that_is_too_old_is_found(clinic: Clinic) -> None:
    clinic.token_age = timedelta(days=366)
    holds(
        clinic.look("secrets")["greenfax token"],
        Health.ATTENTION,
        seen="366 days",
        remedy="faxledger rotate-token greenfax",
    )


def test_a_rotation_that_nobody_has_finished_is_found(clinic: Clinic) -> None:
    clinic.stack.put_secret("SoftlinxCallbackTokens", "a" * 40 + " " + "b" * 40)
    holds(
        clinic.look("secrets")["softlinx token"], Health.ATTENTION, seen="being replaced", remedy="--finish"
    )


def test_a_command_of_another_version_is_found(clinic: Clinic) -> None:
    outputs = {**clinic.examined().outputs, "Version": "0.0.9"}
    found = clinic.look("version", outputs=outputs)["version"]
    holds(found, Health.ATTENTION, seen="the stack 0.0.9", remedy="faxledger deploy")


def test_a_retention_that_is_shorter_than_the_history_that_is_read_is_found(clinic: Clinic) -> None:
    parameters = {**clinic.examined().parameters, "RetentionDays": "120", "GreenFaxHistoryFrom": "2026-01-01"}
    found = clinic.look("retention", parameters=parameters)["retention"]
    holds(found, Health.ATTENTION, seen="GreenFaxHistoryFrom=2026-01-01", remedy="RetentionDays=326")


def test_a_table_that_keeps_what_should_expire_is_found(clinic: Clinic) -> None:
    clinic.keep_for_ever()
    holds(
        clinic.look("retention")["retention"], Health.WRONG, seen="TTL is off", remedy="update-time-to-live"
    )


def test_logs_that_are_kept_otherwise_than_was_said_are_found(clinic: Clinic) -> None:
    clinic.client("logs").put_retention_policy(logGroupName=LOGS, retentionInDays=7)
    holds(clinic.look("logs")["logs"], Health.ATTENTION, seen="kept 7 days", remedy="--retention-in-days 90")


def test_a_deployment_that_was_rolled_back_is_found(clinic: Clinic) -> None:
    found = clinic.look("stack", status="UPDATE_ROLLBACK_COMPLETE")["stack"]
    holds(found, Health.WRONG, seen="UPDATE_ROLLBACK_COMPLETE", remedy="describe-stack-events")


def test_a_missing_permission_is_named_and_the_other_checks_go_on(clinic: Clinic) -> None:
    clinic.forbid("scheduler", "get_schedule", "scheduler:GetSchedule")
    found = clinic.look("clock", "schedules", "dead letters")
    holds(found["schedules"], Health.NOT_LOOKED, seen="scheduler:GetSchedule", remedy="examiner.json")
    others = [one for name, one in found.items() if name != "schedules"]
    assert [one for one in others if one.health is not Health.WELL] == []
    assert exit_status(found.values()) == 2


def test_a_secret_that_may_not_be_read_is_named_and_the_others_are_read(clinic: Clinic) -> None:
    clinic.hide("SoftlinxCredentials")
    found = clinic.look("secrets")
    holds(
        found["SoftlinxCredentials"],
        Health.NOT_LOOKED,
        seen="secretsmanager:GetSecretValue",
        remedy="examiner",
    )
    assert {one.health for name, one in found.items() if name != "SoftlinxCredentials"} == {Health.WELL}


def test_a_service_that_nobody_answers_for_keeps_no_other_check(clinic: Clinic) -> None:
    def hang(_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="https://sqs")

    clinic.answers["sqs", "get_queue_attributes"] = hang
    found = clinic.look("dead letters", "alarms")
    holds(found["dead letters"], Health.NOT_LOOKED, seen="could not be looked at", remedy="run it again")
    assert found["alarms"].health is Health.WELL


def test_a_stack_is_found_with_what_it_has_and_what_watches_it(clinic: Clinic) -> None:
    queue = ("AWS::SQS::Queue", "MarkDeadLetters", "https://sqs/clinic-Mark")
    monitoring = (
        "AWS::CloudFormation::Stack",
        "Monitoring",
        "arn:aws:cloudformation:stack/clinic-Monitoring",
    )
    alarm = ("AWS::CloudWatch::Alarm", "PollFails", "clinic-Monitoring-PollFails-1")
    clinic.deploy(
        {"clinic": [queue, monitoring], monitoring[2]: [alarm]},
        StackStatus="CREATE_COMPLETE",
        Outputs=[{"OutputKey": "ApiUrl", "OutputValue": "https://api.example"}],
        Parameters=[{"ParameterKey": "LogDays", "ParameterValue": "90"}],
    )
    found = clinic.find_deployed(now=clinic.now())
    assert found.called("AWS::SQS::Queue") == {"MarkDeadLetters": "https://sqs/clinic-Mark"}
    assert found.watching == {"AWS::CloudWatch::Alarm": {"PollFails": alarm[2]}}
    assert (found.status, found.parameters, found.api.url) == (
        "CREATE_COMPLETE",
        {"LogDays": "90"},
        "https://api.example",
    )


def test_a_stack_of_somebody_else_is_not_looked_at(clinic: Clinic) -> None:
    clinic.deploy({}, StackStatus="CREATE_COMPLETE")
    with pytest.raises(CannotRun, match="it is not Faxledger's"):
        clinic.find_deployed(now=clinic.now())


def test_a_clock_that_keeps_aws_from_answering_is_named(clinic: Clinic) -> None:
    clinic.refuse_signatures()
    with pytest.raises(CannotRun, match="600 s off AWS's: set it by NTP"):
        clinic.find_deployed(now=clinic.now() + timedelta(minutes=10))
