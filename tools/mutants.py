"""`make mutants`: the code broken in one place at a time, each of which the simulation has to notice.

For every checker at least one, which it has to see while no other looks. A mutant that survives shows a check
that can't fail.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.simulation.world import SAME_HISTORY

ROOT: Final = Path(__file__).parents[1]
SECONDS: Final = 60
_CODE: Final = ROOT / "shared" / "faxledger"


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` in a file of the package becomes `new`, which `breaks` an invariant.

    That is to be seen in `profile`, in the histories from `seed` on.
    """

    name: str
    breaks: str
    file: str
    old: str
    new: str
    profile: str = "usual"
    seed: int = 1


MUTANTS: Final = (
    Mutant(
        "a final status is overwritten by the next source",
        "a final status stays",
        "ledger/faxes.py",
        '                where=[absent("final_status")],\n'
        "            )\n        except ConditionFailed as failure:\n"
        "            if is_own(failure, token):",
        "                where=[],\n            )\n        except ConditionFailed as failure:\n"
        "            if is_own(failure, token):",
    ),
    Mutant(
        "a contradiction is taken for agreement",
        "a contradiction is a conflict",
        "ledger/faxes.py",
        "        is_agreed = fax.first_status is report.status\n",
        "        is_agreed = True\n",
    ),
    Mutant(
        "a word that is not final moves a settled fax",
        "what is final is listed so",
        "ledger/faxes.py",
        '            self._write(fax, put=put, fill={**fill, **as_open}, where=[absent("final_status")])\n',
        "            self._write(fax, put={**(put or {}), **as_open}, fill=fill)\n",
    ),
    Mutant(
        "callbacks settle where they are only to be hints",
        "what is confirmed is true",
        "usecases/record.py",
        "if self._only_hints and report.status is not None:",
        "if False and report.status is not None:",
    ),
    Mutant(
        "a log line names a number",
        "no person in a log",
        "usecases/record.py",
        'return {"fax_id": str(report.fax), "source": report.source}',
        'return {"fax_id": str(report.fax), "source": report.source, "to": report.facts.to_number}',
    ),
    Mutant(
        "a document that is owed is taken for kept",
        "every duty is done at rest",
        "domain/report.py",
        "        return self.duties.get(Duty.STORE, DutyState.DONE) is not DutyState.DONE\n",
        "        return False\n",
    ),
    Mutant(
        "a mark that was set is not remembered",
        "every duty is done at rest",
        "usecases/mark.py",
        "    if not ledger.mark_done(newest.id, resent_at=newest.resent_at):",
        "    if False:",
    ),
    Mutant(
        "a fax is marked before its document is kept",
        "no mark before the document is kept",
        "usecases/retrieve.py",
        "            self.ledger.store_done(fax, document)\n",
        "            session.mark(fax)\n            self.ledger.store_done(fax, document)\n",
    ),
    Mutant(
        "a duty that is done leaves the other one unseen",
        "the sweep finds whatever is owed",
        "ledger/faxes.py",
        "not_due, others = [], [differs(other, DutyState.DONE)]",
        "not_due, others = [keys.DUE.partition, keys.DUE.sort], []",
        "heavy",
    ),
    Mutant(
        "the sweep sends nothing round",
        "every duty is done at rest",
        "usecases/sweep.py",
        "        refused = self.queues[key].send(batch)\n",
        "        refused = frozenset()\n",
        "heavy",
    ),
    Mutant(
        "what the bus refuses is forgotten",
        "every final status is announced",
        "adapters/eventbridge.py",
        "                    refused.add(event.id)\n",
        "                    pass\n",
    ),
    Mutant(
        "a bus that can't be reached is taken for one that took everything",
        "every final status is announced",
        "adapters/eventbridge.py",
        "                refused |= {event.id for event in batch}\n",
        "",
        "notifying",
    ),
    Mutant(
        "a lost answer is taken for a refusal",
        "nothing is sent twice",
        "usecases/send.py",
        "            self._doubt(order)\n            raise\n        except LoginRefused:\n",
        "            self._release(order)\n            raise\n        except LoginRefused:\n",
        "sending",
    ),
    Mutant(
        "what becomes of a submission is not written",
        "every order is told of",
        "ledger/submissions.py",
        "            if new is None or new == now or self._replace(now, new):\n",
        "            if True:\n",
        "calm",
    ),
    Mutant(
        "the feed is asked without leave",
        "feeds are asked every 20 minutes",
        "usecases/feed.py",
        "        if not claims[-1].is_granted:\n            self._tell(",
        "        if False:\n            self._tell(",
    ),
    Mutant(
        "a request for the feed may leave as late as it likes",
        "feeds are asked every 20 minutes",
        "usecases/feed.py",
        "        leave_by = claimed_at + self.allowance.leave_within\n",
        "        leave_by = claimed_at + self.allowance.period\n",
        "polling",
    ),
    Mutant(
        "each attempt of a delivery has a body of its own",
        "one body for a delivery",
        "adapters/delivery_webhooks.py",
        "self._posts.post(delivery.target.address, delivery.body.encode(), headers)",
        "self._posts.post(delivery.target.address, (delivery.body + now.second * ' ').encode(), headers)",
    ),
    Mutant(
        "a delivery that failed is called done",
        "what is called delivered was taken",
        "usecases/notify.py",
        "            self._failed(delivery, error)\n            self._later(delivery, error)\n",
        "            self.deliveries.done(delivery)\n",
    ),
    Mutant(
        "deliveries that wait in the table are never sent for",
        "every delivery comes to an end",
        "usecases/notify.py",
        "        due = self.deliveries.due_in_turn(before=now, most=_MOST_SENT_FOR)\n",
        "        due = ()\n",
    ),
    Mutant(
        "an event that can't be planned is dropped",
        "every event finds its deliveries",
        "triggers/batches.py",
        "        else:\n            return\n        self.again(message)\n",
        "        return\n",
        "notifying",
    ),
    Mutant(
        "a status is told that is not the final one",
        "what is told is what is final",
        "domain/events.py",
        '        "status": event.status,\n',
        '        "status": "sent",\n',
    ),
    Mutant(
        "the poll settles nothing",
        "every fax is final at rest",
        "usecases/record.py",
        "        return self._ledger.settle(report, known=known)\n",
        "        return self._ledger.settle(report) if report.source == 'callback' else None\n",
    ),
    Mutant(
        "a mail that was not answered is sent once more",
        "nothing is mailed twice",
        "adapters/aws.py",
        'read_timeout=60, retries={"total_max_attempts": 1,',
        'read_timeout=60, retries={"total_max_attempts": 2,',
        "mailing",
    ),
    Mutant(
        "what came back is left as it was",
        "what came back has failed",
        "ledger/joins.py",
        "            return replace(now, state=SubmissionState.REFUSED, failure=failure, state_at=at)\n",
        "            return None\n",
        "mailing",
    ),
    Mutant(
        "emails are believed of anybody",
        "emails are believed of the provider alone",
        "triggers/status_email_receipts.py",
        '        if checks["spf"] != "PASS":\n',
        "        if False:\n",
        "mailing",
    ),
    Mutant(
        "a code that came back is passed over",
        "a code that came back joins",
        "usecases/join.py",
        "            self._by_code(fax, code)\n",
        "            pass\n",
        "mailing",
    ),
    Mutant(
        "marks are set where none are wanted",
        "no mark where none is wanted",
        "usecases/poll.py",
        "            if Duty.MARK not in report.owes or report.fax in failed:\n",
        "            if report.fax in failed:\n",
        "polling",
    ),
    Mutant(
        "whoever has no token is let in",
        "whoever has no token is shut out",
        "web/callback_endpoint.py",
        '            token = self._accept(request.path.get("token", ""))\n',
        '            token = self._accept(request.path.get("token", "")) or "only"\n',
    ),
    Mutant(
        "what waits for a person expires",
        "expiry takes nothing that was given up",
        "ledger/due.py",
        '            {"expires_at": int(expires_at.timestamp())},\n',
        "            {},\n",
        "months",
    ),
    Mutant(
        "what is older than the retention is announced",
        "what was announced months ago is not announced again",
        "usecases/announce.py",
        "        since = max(self.tell_from(), oldest_kept(self.clock.now(), self.retention))\n",
        "        since = self.tell_from()\n",
        "months",
    ),
    Mutant(
        "everything counts as older than the retention",
        "a fax whose id was given before is announced",
        "domain/timestamps.py",
        "    return now - retention + 2 * CLOCKS_DIFFER_BY\n",
        "    return now + retention\n",
        "months",
    ),
    Mutant(
        "an answer that can't be understood breaks the function",
        "no function breaks",
        "ledger/table.py",
        '        raise LedgerUnavailable(f"the table answered {code}") from None\n',
        "        raise\n",
    ),
    Mutant(
        "a fax that was resent begins anew",
        "settled once",
        "ledger/faxes.py",
        "        return self.settle(about_next_attempt(report))\n",
        "        del about_next_attempt\n"
        "        self._table.client.delete_item(TableName=self._table.name, Key=keys.of_fax(report.fax))\n"
        "        return self.settle(report)\n",
    ),
    Mutant(
        "agreement is kept as a conflict",
        "a conflict has two sides",
        "ledger/faxes.py",
        "        if not is_agreed and fax.conflict is None:\n",
        "        if fax.conflict is None:\n",
    ),
    Mutant(
        "a fax of another realm is taken for ours",
        "equal ids never touch",
        "providers/softlinx/callback.py",
        "    if realm and realm.casefold() != account.realm.casefold():\n",
        "    if False:\n",
    ),
    Mutant(
        "a document is fetched by its number alone",
        "equal ids never touch",
        "providers/softlinx/marking.py",
        "        with self._session.content(fax.id.direction, ",
        "        with self._session.content(Direction.OUTBOUND, ",
    ),
    Mutant(
        "a callback is answered before it is written",
        "a callback that is taken leaves a trace",
        "web/callback_endpoint.py",
        "            return self._not_recorded(error, report)\n",
        "            return accepted()\n",
        "heavy",
    ),
    Mutant(
        "a repeat is answered with a header of its own",
        "the answer tells nothing of the fax",
        "web/callback_endpoint.py",
        "        if any(REPLACED in name + text for name, text in report.given.items()):\n",
        "        if settlement is not None and not settlement.is_news:\n"
        '            return {**accepted(), "headers": {"content-type": "text/plain", "age": "1"}}\n'
        "        if any(REPLACED in name + text for name, text in report.given.items()):\n",
    ),
    Mutant(
        "who contradicts is put off",
        "only an outage is answered 503",
        "web/callback_endpoint.py",
        "        if any(REPLACED in name + text for name, text in report.given.items()):\n",
        '        if settlement is not None and settlement.outcome == "conflict":\n'
        '            return problem_of(LedgerUnavailable("it is known to be otherwise"))\n'
        "        if any(REPLACED in name + text for name, text in report.given.items()):\n",
    ),
    Mutant(
        "a fax is kept for hours and not for days",
        "nothing expires that is owed",
        "ledger/faxes.py",
        "now + timedelta(days=self._table.retention_days)",
        "now + timedelta(hours=self._table.retention_days)",
    ),
    Mutant(
        "who is put off does not live longer",
        "nothing expires that is owed",
        "ledger/due.py",
        '            {"expires_at": int(expires_at.timestamp())},\n',
        "            {},\n",
        "heavy",
    ),
    Mutant(
        "a conflict is kept from the bus",
        "every conflict is announced",
        "domain/events.py",
        "    if new.conflict is not None and (old is None or old.conflict is None):\n",
        "    if False:\n",
    ),
    Mutant(
        "each announcement has an id of its own",
        "a final status has one event",
        "domain/events.py",
        'f"{self.fax}|{self.type}{which}"',
        "f\"{self.fax}|{self.type}{which}{__import__('os').urandom(8).hex()}\"",
        "notifying",
    ),
    Mutant(
        "a fax is told of as soon as it is heard of",
        "nothing is told before the status is written",
        "domain/events.py",
        "new.settled_by is None or new.settled_at is None:\n        return ()\n",
        "new.settled_by is None or new.settled_at is None:\n"
        "        at = new.submitted_at\n"
        "        return (FaxEvent(EventType.FAX_SENT, new.id, Status.SENT, at),) if at else ()\n",
    ),
    Mutant(
        "a lease is granted to everybody",
        "one query at a time",
        "usecases/leases.py",
        "        yield lease.is_granted\n",
        "        yield True\n",
        "overlapping",
    ),
    Mutant(
        "rows are remembered before they are written",
        "no progress past what is durable",
        "usecases/feed_reading.py",
        "                    batch.append(_Looked(digest, row.read()))\n",
        "                    batch.append(_Looked(digest, row.read()))\n"
        "                    if seen is not None:\n"
        "                        seen.add(digest)\n",
        "polling",
    ),
    Mutant(
        "a day counts as read before it is over",
        "no progress past what is durable",
        "usecases/feed_plan.py",
        "    last = min(window.days.last, today - timedelta(days=plan.overlap_days + 1))\n    covered",
        "    last = window.days.last\n    covered",
    ),
    Mutant(
        "whoever was told is told again",
        "the work on a fax is bounded",
        "usecases/notify.py",
        "            self.deliveries.done(delivery)\n",
        '            self.deliveries.give_up(delivery, "")\n'
        "            due = DueDelivery(delivery.key, after_round=delivery.round)\n"
        "            self.queue.send([due])\n",
    ),
    Mutant(
        "what is done stays among what is due",
        "nothing goes round at rest",
        "ledger/deliveries.py",
        '            remove=[*_DUE, *_GIVEN_UP, "problem"],\n',
        '            remove=[*_GIVEN_UP, "problem"],\n',
        seed=12,
    ),
    Mutant(
        "a row that can't be read costs its page",
        "poison holds up nobody",
        "providers/softlinx/marking.py",
        "                reports=tuple(row for row in read if isinstance(row, Report)),\n",
        "                reports=() if broken else tuple(row for row in read if isinstance(row, Report)),\n",
        "poisoned",
    ),
    Mutant(
        "a feed whose first row is broken is not read",
        "poison holds up nobody",
        "providers/greenfax/feed_xml.py",
        "        for tag in reversed(tags if around else []):\n",
        "        for tag in ():\n",
        "poisoned",
    ),
    Mutant(
        "a claim of our own is taken for another's",
        "a write that is made twice is one",
        "ledger/claims.py",
        "is_granted=writes.is_own(failure, token)",
        "is_granted=False",
        "repeated",
    ),
    Mutant(
        "a status that we wrote ourselves is taken for known",
        "a write that is made twice is one",
        "ledger/faxes.py",
        "            if is_own(failure, token):\n                return Settlement(",
        "            if False:\n                return Settlement(",
        "repeated",
    ),
    Mutant(
        "an order that we began ourselves is taken for another's",
        "nothing is in doubt where nothing went wrong",
        "ledger/orders.py",
        "            return is_own(failure, token)\n",
        "            return False\n",
        "repeated",
    ),
    Mutant(
        "a mark is set down and never set",
        "every final fax is marked at rest",
        "usecases/mark.py",
        "    try:\n        session.mark(fax)\n    except LoginRefused:",
        "    try:\n        pass\n    except LoginRefused:",
    ),
    Mutant(
        "a fax is marked as soon as it is offered",
        "no mark before the status is written",
        "providers/softlinx/marking.py",
        "            read = [self._read(query.direction, row) for row in page.rows]\n",
        "            read = [self._read(query.direction, row) for row in page.rows]\n"
        "            for row in page.rows:\n"
        '                self._session.mark(query.direction, row["FaxId"])\n',
    ),
    Mutant(
        "tokens come from where no seed decides",
        SAME_HISTORY,
        "ledger/writes.py",
        "    return secrets.token_hex(8)\n",
        '    return __import__("os").urandom(8).hex()\n',
        "calm",
    ),
)


def main() -> int:
    wanted = sys.argv[1:]
    survived = 0
    for mutant in MUTANTS:
        if wanted and not any(word in mutant.name for word in wanted):
            continue
        began = time.monotonic()
        outcome = "caught" if is_caught(mutant) else "SURVIVED"
        survived += outcome == "SURVIVED"
        print(f"{time.monotonic() - began:5.1f} s  {outcome}  {mutant.name}: {mutant.breaks}", flush=True)
    print(f"{survived} survived")
    return 1 if survived else 0


def is_caught(mutant: Mutant) -> bool:
    """Whether the checker of the invariant that the mutant breaks sees it, alone and within a minute."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "faxledger"
        shutil.copytree(_CODE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        broken = copy / mutant.file
        source = broken.read_text()
        if source.count(mutant.old) != 1:
            raise SystemExit(
                f"{mutant.name}: what it breaks stands {source.count(mutant.old)} times in {mutant.file}"
            )
        broken.write_text(source.replace(mutant.old, mutant.new))
        ran = subprocess.run(
            [
                sys.executable, "-m", "tools.simulate", "--no-shrinking", "--seed", str(mutant.seed),
                "--seconds", str(SECONDS), "--profile", mutant.profile, "--only", mutant.breaks,
            ],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": folder}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    is_seen = any(line.startswith(f"VIOLATION  {mutant.breaks}: ") for line in ran.stdout.splitlines())
    # A mutant that can't run at all shows nothing of the checks.
    if ran.returncode and not is_seen:
        raise SystemExit(f"{mutant.name}: {ran.stdout}{ran.stderr}")
    return is_seen


if __name__ == "__main__":
    sys.exit(main())
