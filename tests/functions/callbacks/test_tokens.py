"""Tokens in callback URLs: several at once, rotated without loss, gone soon after they are taken out."""

import json

import pytest

from tests.support.bundle_on_moto import TOKEN, Stack, softlinx_post

OLD, NEW = TOKEN, "n" * 40
READS = "secretsmanager:GetSecretValue"


def answered(stack: Stack, token: str) -> int:
    return stack.http("SoftlinxCallback", softlinx_post(token=token)).status


def test_a_rotation_loses_nothing(stack: Stack) -> None:
    assert answered(stack, OLD) == 200
    stack.put_secret("SoftlinxCallbackTokens", f"{OLD}\n {NEW}\n")
    stack.clock.advance(minutes=1)
    assert answered(stack, NEW) == 200
    assert answered(stack, OLD) == 200
    stack.put_secret("SoftlinxCallbackTokens", NEW)
    assert answered(stack, NEW) == 200
    assert stack.unreadable() == []


def test_a_token_that_was_taken_out_dies_within_five_minutes(stack: Stack) -> None:
    assert answered(stack, OLD) == 200
    stack.put_secret("SoftlinxCallbackTokens", NEW)
    stack.clock.advance(minutes=5)
    assert answered(stack, OLD) == 404


def test_unknown_tokens_have_the_secret_read_once_a_minute(stack: Stack) -> None:
    for _ in range(30):  # 5 minutes, less a moment
        assert answered(stack, "x" * 48) == 404
        stack.clock.advance(seconds=9.9)
    assert stack.count_of(READS) == 5


def test_known_tokens_have_it_read_every_five_minutes(stack: Stack) -> None:
    for _ in range(60):
        assert answered(stack, OLD) == 200
        stack.clock.advance(seconds=10)
    assert stack.count_of(READS) == 2


def test_a_secret_out_of_reach_lets_the_tokens_at_hand_go_on(stack: Stack) -> None:
    assert answered(stack, OLD) == 200
    with stack.out_of_reach("secretsmanager"):
        stack.clock.advance(hours=1)
        assert answered(stack, OLD) == 200
        assert answered(stack, "x" * 48) == 404
    stack.put_secret("SoftlinxCallbackTokens", NEW)
    stack.clock.advance(minutes=5)
    assert (answered(stack, NEW), answered(stack, OLD)) == (200, 404)


def test_a_secret_that_was_never_read_is_worth_trying_again(stack: Stack) -> None:
    with stack.out_of_reach("secretsmanager"):
        answer = stack.http("SoftlinxCallback", softlinx_post())
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
    stack.clock.advance(seconds=10)
    assert answered(stack, OLD) == 200


def test_what_is_too_short_or_odd_for_a_token_is_none(stack: Stack) -> None:
    tokens = ["a" * 31, "b" * 129, "c" * 32 + "/", "d" * 32, "e" * 128]
    stack.put_secret("SoftlinxCallbackTokens", " ".join(tokens))
    assert [answered(stack, token) for token in tokens] == [404, 404, 404, 200, 200]


def test_a_secret_without_any_token_is_loud(stack: Stack) -> None:
    stack.put_secret("SoftlinxCallbackTokens", "changeme")
    assert [answered(stack, token) for token in ("changeme", OLD)] == [503, 503]
    stack.put_secret("SoftlinxCallbackTokens", OLD)
    stack.clock.advance(seconds=10)
    assert answered(stack, OLD) == 200


def test_a_secret_without_any_token_is_read_every_ten_seconds_however_many_call(stack: Stack) -> None:
    stack.put_secret("SoftlinxCallbackTokens", "changeme")
    for _ in range(60):
        assert answered(stack, OLD) == 503
        stack.clock.advance(seconds=1)
    assert stack.count_of(READS) == 6


def test_a_secret_out_of_reach_is_asked_for_every_ten_seconds_however_many_call(stack: Stack) -> None:
    with stack.out_of_reach("secretsmanager"):
        for _ in range(60):
            assert answered(stack, OLD) == 503
            stack.clock.advance(seconds=1)
    assert stack.count_of(READS) == 6


def test_taking_out_every_token_shuts_the_door(stack: Stack) -> None:
    assert answered(stack, OLD) == 200
    stack.put_secret("SoftlinxCallbackTokens", "-")
    stack.clock.advance(minutes=5)
    assert answered(stack, OLD) == 503
    assert len(stack.items("FAX#")) == 1


def test_among_several_tokens_it_is_counted_under_which_a_callback_came(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.put_secret("SoftlinxCallbackTokens", f"{OLD} {NEW}")
    assert [answered(stack, token) for token in (OLD, NEW, "x" * 48)] == [200, 200, 404]
    said = capsys.readouterr().out
    counted = [json.loads(line) for line in said.splitlines() if "CallbackUnderToken" in line]
    assert [(one["origin"], one["token"]) for one in counted] == [
        ("softlinx-callback", "older"),
        ("softlinx-callback", "newest"),
    ]
    assert OLD not in said
    assert NEW not in said
    stack.put_secret("SoftlinxCallbackTokens", NEW)
    stack.clock.advance(minutes=5)
    assert answered(stack, NEW) == 200
    assert "CallbackUnderToken" not in capsys.readouterr().out
