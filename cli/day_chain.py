"""The chain of closed days, as `faxledger verify` walks it: of a stack, or of records in a folder."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from cli.api import Api, NotOurApi, Refused, TryAgain
from faxledger.domain.closed_days import ChainBreak, DayVersion, breaks_of, link_of
from local.runtime.errors import CannotRun


def breaks_in_stack(api: Api) -> tuple[int, tuple[ChainBreak, ...]]:
    """How many records there are, and where the chain breaks. Raises `CannotRun`, `Refused`."""
    listed = api.ask("GET", "/reports/closed")
    latest = {DayVersion(date.fromisoformat(one["day"]), one["version"]): one for one in listed["days"]}
    wanted = [
        DayVersion(last.day, version) for last in sorted(latest) for version in range(1, last.version + 1)
    ]
    records = {version.key: found for version in wanted if (found := _record(api, version)) is not None}
    # What the ledger knows shows also what is missing behind the last record.
    known = {version.key: one["sha256"] for version, one in latest.items()}
    if listed["last"] is not None:
        known[listed["last"]["key"]] = listed["last"]["sha256"]
    gone = [
        ChainBreak(version.key, "is gone from its bucket") for version in wanted if version.key not in records
    ]
    return len(records), tuple(sorted([*gone, *breaks_of(records), *_other_than(known, records)]))


def breaks_in_folder(folder: Path) -> tuple[int, tuple[ChainBreak, ...]]:
    """As `breaks_in_stack`, of files that are called as their records: `2026-11-26.v1.json`."""
    keys = {f"reports/{path.name}": path for path in sorted(folder.iterdir())} if folder.is_dir() else {}
    records = {key: path.read_bytes() for key, path in keys.items() if DayVersion.of_key(key)}
    if not records:
        raise CannotRun(f"{folder} holds no records of closed days: they are called 2026-11-26.v1.json")
    return len(records), breaks_of(records)


def _record(api: Api, version: DayVersion) -> bytes | None:
    """None for one that is gone."""
    answer = api.send("GET", f"/reports/closed/{version.day}?version={version.version}")
    if answer.status_code in {404, 410}:
        return None
    if answer.status_code in {401, 403}:
        raise Refused(f"you may not read {version.key}")
    if answer.status_code == 429 or answer.is_server_error:
        raise TryAgain(f"{version.key}: the API answers {answer.status_code}. Try again in a moment")
    if not answer.is_success:
        raise NotOurApi(f"{version.key} could not be read: the API answered {answer.status_code}")
    return answer.content


def _other_than(known: Mapping[str, str], records: Mapping[str, bytes]) -> Iterator[ChainBreak]:
    for key, digest in known.items():
        if key in records and link_of(key, records[key]).sha256 != digest:
            yield ChainBreak(key, "is another than the one that was written")
