"""Fifty threads on each of 25 keys: the server's atomicity, and ours on top of it.

In memory, where one request is answered after the other, a fifth of the keys show that the lock holds.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

from faxledger.domain.fax import FaxId, Status
from faxledger.domain.report import DutyState, Outcome, Report, Settlement
from tests.contract.worlds import Server
from tests.fakes.clock import NOON
from tests.fakes.events import delivery_of, sent_event
from tests.fakes.faxes import REPORTERS, outbound, report

THREADS = 50
KEYS = 25


def test_of_fifty_reports_on_each_of_25_faxes_one_settles_and_all_others_agree_with_it(
    server: Server,
) -> None:
    chance = Random(20260310)  # noqa: S311 - repeatable
    ledger = server.world().ledger
    keys = KEYS if server.is_real else KEYS // 5
    reports = [
        [
            report(
                outbound(key),
                chance.choice((Status.SENT, Status.FAILED)),
                source=chance.choice(REPORTERS),
            )
            for _ in range(THREADS)
        ]
        for key in range(1, keys + 1)
    ]

    found: dict[FaxId, list[tuple[Report, Settlement]]] = {}
    with ThreadPoolExecutor(THREADS) as pool:
        for said in reports:
            found[said[0].fax] = list(zip(said, pool.map(ledger.settle, said), strict=True))

    known = ledger.find_many(found)
    for fax_id, answers in found.items():
        fax = known[fax_id]
        (settling,) = [said for said, answer in answers if answer.outcome is Outcome.SETTLED]
        assert (fax.first_status, fax.settled_by) == (settling.status, settling.source)
        others = [(said, answer) for said, answer in answers if said is not settling]
        assert all(
            answer.outcome is (Outcome.KNOWN if said.status is settling.status else Outcome.CONFLICT)
            for said, answer in others
        )
        contradicted = any(said.status is not settling.status for said, _ in others)
        news = [answer for _, answer in answers if answer == Settlement(Outcome.CONFLICT, is_news=True)]
        assert len(news) == contradicted
        assert (fax.conflict is not None) == contradicted
        assert {sighting.source for sighting in fax.sightings} == {said.source for said, _ in answers}


def test_of_fifty_who_claim_the_same_one_is_granted(server: Server) -> None:
    claims = server.world().claims
    until = NOON + timedelta(minutes=20)

    with ThreadPoolExecutor(THREADS) as pool:
        granted = Counter(
            claim.is_granted
            for claim in pool.map(
                lambda _: claims.claim("greenfax-feed", now=NOON, until=until), range(THREADS)
            )
        )

    assert granted == {True: 1, False: THREADS - 1}


def test_of_fifty_orders_to_send_a_fax_once_more_one_may(server: Server) -> None:
    world = server.world()
    world.ledger.settle(report(outbound(33), Status.FAILED))

    with ThreadPoolExecutor(THREADS) as pool:
        reserved = Counter(
            pool.map(lambda n: world.resends.reserve(outbound(33), f"order {n}"), range(THREADS))
        )
        begun = Counter(pool.map(lambda n: world.resends.begin(outbound(33), f"order {n}"), range(THREADS)))

    assert reserved == begun == {True: 1, False: THREADS - 1}


def test_of_fifty_who_redrive_a_delivery_one_reopens_it_and_none_once_it_was_made(server: Server) -> None:
    deliveries = server.world().deliveries
    delivery = delivery_of(next_at=NOON)
    deliveries.plan(delivery)
    attempt = deliveries.begin(delivery.key, now=NOON, until=NOON + timedelta(minutes=2))
    assert attempt is not None
    deliveries.give_up(attempt, "answered 503")

    def reopened(_: int) -> bool:
        return deliveries.reopen(delivery.key, round_=1, next_at=NOON)

    with ThreadPoolExecutor(THREADS) as pool:
        assert Counter(pool.map(reopened, range(THREADS))) == {True: 1, False: THREADS - 1}
    (kept,) = deliveries.about(delivery.key.subject)
    assert (kept.state, kept.round, kept.attempts) == (DutyState.PENDING, 2, 0)


def test_whether_a_delivery_is_made_or_reopened_first_it_is_made_in_the_end(server: Server) -> None:
    deliveries = server.world().deliveries
    attempts = []
    for key in range(1, (KEYS if server.is_real else KEYS // 5) + 1):
        delivery = delivery_of(sent_event(outbound(key)), next_at=NOON)
        deliveries.plan(delivery)
        attempt = deliveries.begin(delivery.key, now=NOON, until=NOON)
        assert attempt is not None
        # By who found no word of it; it was taken all the same, which is said late.
        deliveries.give_up(attempt, "the last attempt never came to its end")
        attempts.append(attempt)

    with ThreadPoolExecutor(THREADS) as pool:
        for attempt in attempts:
            made = pool.submit(deliveries.done, attempt)
            pool.submit(deliveries.reopen, attempt.key, round_=1, next_at=NOON).result()
            made.result()

    for attempt in attempts:
        (kept,) = deliveries.about(attempt.key.subject)
        assert kept.state is DutyState.DONE
        assert deliveries.begin(attempt.key, now=NOON, until=NOON) is None
    assert list(deliveries.due(before=NOON)) == []
