"""Who faxed whom, and the tokens, reach no log, metric, answer or key."""

from urllib.parse import quote, urlencode

import pytest

from tests.support import canaries
from tests.support.bundle_on_moto import TOKEN, Stack, greenfax_get, softlinx_post

SOFTLINX = {
    "FaxNumber": canaries.NUMBER,
    "DestFaxNumber": canaries.OWN_NUMBER,
    "CallerNumber": canaries.NUMBER,
    "TSI": canaries.NAME,
    "CSI": canaries.NAME,
    "ProjectCode": canaries.SUBJECT,
    "ErrorText": f"busy: {canaries.NAME} {canaries.NUMBER}",
    "CompleteTime": canaries.NAME,
    "PagesSent": canaries.NAME,
}
GREENFAX = {
    "destination": canaries.NUMBER,
    "sender": canaries.NUMBER,
    "inbound_fax_number": canaries.OWN_NUMBER,
    "filename": canaries.NAME,
    "userjobcode": canaries.SUBJECT,
    "timestamp": canaries.NAME,
    "cost": canaries.NAME,
}

POSTS = {
    "settled": {**SOFTLINX, "FaxId": "33", "FaxStatus": "sent"},
    "failed": {**SOFTLINX, "FaxId": "33", "FaxStatus": "sendFailed"},
    "inbound": {**SOFTLINX, "FaxId": "33", "FaxStatus": "recvOk"},
    "unknown word": {**SOFTLINX, "FaxId": "33", "FaxStatus": canaries.NAME, "Queue": "SendFax"},
    "undirected": {**SOFTLINX, "FaxId": "33", "FaxStatus": canaries.NAME},
    "bad id": {**SOFTLINX, "FaxId": canaries.NAME, "FaxStatus": "sent"},
    "bad realm": {**SOFTLINX, "FaxId": "33", "FaxStatus": "sent", "Realm": canaries.NAME},
    "control": {**SOFTLINX, "FaxId": "33", "FaxStatus": "sent", canaries.NAME: canaries.NAME + "\x00"},
    "nameless": {**SOFTLINX, "": canaries.NAME},
}
GETS = {
    "settled": {**GREENFAX, "greenfaxreferenceid": "8591334", "result": "success"},
    "failed": {**GREENFAX, "greenfaxreferenceid": "8591334", "result": f"busy {canaries.NAME}"},
    "bad id": {**GREENFAX, "greenfaxreferenceid": canaries.NAME, "result": "success"},
    "no id": GREENFAX,
}


def nowhere(stack: Stack, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    captured = capsys.readouterr()
    assert captured.out, "nothing was logged, so this shows nothing"
    said = captured.out + captured.err + caplog.text + repr([vars(record) for record in caplog.records])
    assert canaries.found_in(said, TOKEN) == []
    assert canaries.found_in(canaries.keys_of(stack.items()), TOKEN) == []


@pytest.mark.parametrize("case", POSTS)
def test_nothing_of_a_softlinx_callback(
    stack: Stack, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, case: str
) -> None:
    for event in (
        softlinx_post(POSTS[case]),
        softlinx_post(POSTS[case]),
        softlinx_post(urlencode(POSTS[case]) + f"&FaxStatus={quote(canaries.NAME)}"),
        softlinx_post(POSTS[case], content_type=f"text/plain; name={canaries.NAME}"),
        softlinx_post(POSTS[case], token=TOKEN[:-1]),
    ):
        assert canaries.found_in(stack.http("SoftlinxCallback", event).body, TOKEN) == []
    with stack.out_of_reach("dynamodb"):
        answer = stack.http("SoftlinxCallback", softlinx_post(POSTS[case]))
    assert canaries.found_in(answer.body, TOKEN) == []
    nowhere(stack, capsys, caplog)


@pytest.mark.parametrize("case", GETS)
@pytest.mark.parametrize("is_inbound", [False, True])
def test_nothing_of_a_greenfax_notification(
    stack: Stack,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    case: str,
    is_inbound: bool,  # noqa: FBT001
) -> None:
    fields = dict(GETS[case])
    if is_inbound and "greenfaxreferenceid" in fields:
        fields["greenfax_job_id"] = fields.pop("greenfaxreferenceid")
    for query in (urlencode(fields), quote(urlencode(fields)), urlencode(fields) + "&pages=%00"):
        answer = stack.http("GreenFaxNotify", greenfax_get(query, is_inbound=is_inbound))
        assert canaries.found_in(answer.body, TOKEN) == []
    nowhere(stack, capsys, caplog)


def test_a_secret_out_of_reach_is_named_and_not_told(
    stack: Stack, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with stack.out_of_reach("secretsmanager"):
        assert stack.http("SoftlinxCallback", softlinx_post(POSTS["settled"])).status == 503
    nowhere(stack, capsys, caplog)
