"""`make mutants`: the code broken in one place at a time, each of which the simulation has to notice.

For every invariant at least one. A mutant that survives shows a check that can't fail.
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

ROOT: Final = Path(__file__).parents[1]
SECONDS: Final = 60
_CODE: Final = ROOT / "shared" / "faxledger"


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` in a file of the package becomes `new`; `profile` is where that is looked for."""

    name: str
    file: str
    old: str
    new: str
    profile: str = "usual"
    may_break: bool = False


MUTANTS: Final = (
    Mutant(
        "a final status is overwritten by the next source",
        "ledger/faxes.py",
        '                where=[absent("final_status")],\n'
        "            )\n        except ConditionFailed as failure:\n"
        "            if is_own(failure, token):",
        "                where=[],\n            )\n        except ConditionFailed as failure:\n"
        "            if is_own(failure, token):",
    ),
    Mutant(
        "a contradiction is taken for agreement",
        "ledger/faxes.py",
        "        is_agreed = fax.first_status is report.status\n",
        "        is_agreed = True\n",
    ),
    Mutant(
        "a word that is not final moves a settled fax",
        "ledger/faxes.py",
        '            self._write(fax, put=put, fill={**fill, **as_open}, where=[absent("final_status")])\n',
        "            self._write(fax, put={**(put or {}), **as_open}, fill=fill)\n",
    ),
    Mutant(
        "callbacks settle where they are only to be hints",
        "usecases/record.py",
        "if self._only_hints and report.status is not None:",
        "if False and report.status is not None:",
    ),
    Mutant(
        "a log line names a number",
        "usecases/record.py",
        'return {"fax_id": str(report.fax), "source": report.source}',
        'return {"fax_id": str(report.fax), "source": report.source, "to": report.facts.to_number}',
    ),
    Mutant(
        "a document that is owed is taken for kept",
        "domain/report.py",
        "        return self.duties.get(Duty.STORE, DutyState.DONE) is not DutyState.DONE\n",
        "        return False\n",
    ),
    Mutant(
        "a mark that was set is not remembered",
        "usecases/mark.py",
        "    if not ledger.mark_done(newest.id, resent_at=newest.resent_at):",
        "    if False:",
    ),
    Mutant(
        "a fax is marked before its document is kept",
        "usecases/retrieve.py",
        "            self.ledger.store_done(fax, document)\n",
        "            session.mark(fax)\n            self.ledger.store_done(fax, document)\n",
    ),
    Mutant(
        "a duty that is done leaves the other one unseen",
        "ledger/faxes.py",
        "where=[*is_open, is_last]",
        "where=is_open",
        "heavy",
    ),
    Mutant(
        "the sweep sends nothing round",
        "usecases/sweep.py",
        "            refused = self.queues[key].send(batch)\n",
        "            refused = frozenset()\n",
        "heavy",
    ),
    Mutant(
        "what the bus refuses is forgotten",
        "adapters/eventbridge.py",
        "                    refused.add(event.id)\n",
        "                    pass\n",
    ),
    Mutant(
        "a bus that can't be reached is taken for one that took everything",
        "adapters/eventbridge.py",
        "                refused |= {event.id for event in batch}\n",
        "",
        "notifying",
    ),
    Mutant(
        "an order is handed over again after a crash",
        "usecases/send.py",
        "            case OrderState.ACCEPTED | OrderState.GIVEN_UP:\n",
        "            case OrderState.ACCEPTED | OrderState.GIVEN_UP | OrderState.SENDING:\n",
        "sending",
    ),
    Mutant(
        "what became of an order is kept from its submissions",
        "usecases/send.py",
        "            self.orders.record(submission_id, handover)\n",
        "",
        "calm",
    ),
    Mutant(
        "the feed is asked without leave",
        "usecases/feed.py",
        "        if not claims[-1].is_granted:\n            self._tell(",
        "        if False:\n            self._tell(",
    ),
    Mutant(
        "a request for the feed may leave as late as it likes",
        "usecases/feed.py",
        "        leave_by = claimed_at + self.allowance.leave_within\n",
        "        leave_by = claimed_at + self.allowance.period\n",
        "polling",
    ),
    Mutant(
        "each attempt of a delivery has a body of its own",
        "adapters/delivery_webhooks.py",
        "self._posts.post(delivery.target.address, delivery.body.encode(), headers)",
        "self._posts.post(delivery.target.address, (delivery.body + now.second * ' ').encode(), headers)",
    ),
    Mutant(
        "a delivery that failed is called done",
        "usecases/notify.py",
        "            self._failed(delivery, error)\n            self._later(delivery, error)\n",
        "            self.deliveries.done(delivery)\n",
    ),
    Mutant(
        "deliveries that wait in the table are never sent for",
        "usecases/notify.py",
        "        due = self.deliveries.due_in_turn(before=now, most=_MOST_SENT_FOR)\n",
        "        due = ()\n",
    ),
    Mutant(
        "an event that can't be planned is dropped",
        "triggers/batches.py",
        "        else:\n            return\n        self.again(message)\n",
        "        return\n",
        "notifying",
    ),
    Mutant(
        "a status is told that is not the final one",
        "domain/events.py",
        '        "status": event.status,\n',
        '        "status": "sent",\n',
    ),
    Mutant(
        "the poll settles nothing",
        "usecases/record.py",
        "        return self._ledger.settle(report)\n",
        "        return self._ledger.settle(report) if report.source == 'callback' else None\n",
    ),
    Mutant(
        "a mail that was not answered is sent once more",
        "adapters/aws.py",
        'read_timeout=60, retries={"total_max_attempts": 1,',
        'read_timeout=60, retries={"total_max_attempts": 2,',
        "mailing",
    ),
    Mutant(
        "what came back is left as it was",
        "ledger/joins.py",
        "            return replace(now, state=SubmissionState.REFUSED, failure=failure, state_at=at)\n",
        "            return None\n",
        "mailing",
    ),
    Mutant(
        "emails are believed of anybody",
        "triggers/status_email_receipts.py",
        '        if checks["spf"] != "PASS":\n',
        "        if False:\n",
        "mailing",
    ),
    Mutant(
        "a code that came back is passed over",
        "usecases/join.py",
        "            self._by_code(fax, code)\n",
        "            pass\n",
        "mailing",
    ),
    Mutant(
        "marks are set where none are wanted",
        "usecases/poll.py",
        "            if Duty.MARK not in report.owes or report.fax in failed:\n",
        "            if report.fax in failed:\n",
        "polling",
    ),
    Mutant(
        "whoever has no token is let in",
        "web/callback_endpoint.py",
        '            if not self._accept(request.path.get("token", "")):\n',
        "            if False:\n",
    ),
    Mutant(
        "an answer that can't be understood breaks the function",
        "ledger/table.py",
        '        raise LedgerUnavailable(f"the table answered {code}") from None\n',
        "        raise\n",
        may_break=True,
    ),
)


def main() -> int:
    wanted = sys.argv[1:]
    survived = []
    for mutant in MUTANTS:
        if wanted and not any(word in mutant.name for word in wanted):
            continue
        began = time.monotonic()
        violation = caught_by(mutant)
        print(f"{time.monotonic() - began:5.1f} s  {mutant.name}: {violation or 'SURVIVED'}", flush=True)
        if violation is None:
            survived.append(mutant.name)
    print(f"{len(survived)} survived")
    return 1 if survived else 0


def caught_by(mutant: Mutant) -> str | None:
    """The invariant that shows the mutant, within a minute; None if it survives."""
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
                sys.executable, "-m", "tools.simulate", "--no-shrinking", "--seed", "1",
                "--seconds", str(SECONDS), "--profile", mutant.profile,
            ],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": folder}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    lines = [line for line in ran.stdout.splitlines() if line.startswith("VIOLATION")]
    # A mutant that can't run at all shows nothing of the checks.
    if ran.returncode and not lines:
        raise SystemExit(f"{mutant.name}: {ran.stderr}")
    if lines and (mutant.may_break or "no function breaks" not in lines[0]):
        return lines[0].removeprefix("VIOLATION").strip()[:100]
    return None


if __name__ == "__main__":
    sys.exit(main())
