"""What asks Softlinx by itself: the poll, the marks, the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import recorder_of, softlinx_api_of, table_of

if TYPE_CHECKING:
    from faxledger.triggers.mark_queue import MarkBatches
    from faxledger.triggers.retrieve_queue import RetrieveBatches
    from faxledger.usecases.poll import PollUnmarked


def softlinx_poll(world: World) -> PollUnmarked:
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.cursors import DynamoCursors
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.heard import DynamoHeard
    from faxledger.providers.softlinx.marking import SoftlinxMarking
    from faxledger.providers.softlinx.marking_settings import SoftlinxPollSettings
    from faxledger.usecases.poll import PollUnmarked

    settings = SoftlinxPollSettings.from_env(world.environment)
    log = logger("softlinx-poll")
    table = table_of(settings.api.ledger)
    ledger = DynamoFaxLedger(table, world.clock)
    return PollUnmarked(
        SoftlinxMarking(settings.api.account, softlinx_api_of(settings.api, world.clock, log), settings.mode),
        recorder=recorder_of(table, world.clock, log),
        ledger=ledger,
        claims=DynamoClaims(table),
        cursors=DynamoCursors(table),
        heard=DynamoHeard(table),
        clock=world.clock,
        count=count,
        log=log,
        lanes=settings.lanes,
    )


def mark_fax(world: World) -> MarkBatches:
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.providers.softlinx.api_settings import SoftlinxApiSettings
    from faxledger.providers.softlinx.marking import SoftlinxMarking
    from faxledger.triggers.mark_queue import MarkBatches
    from faxledger.usecases.mark import MarkFaxes

    settings = SoftlinxApiSettings.from_env(world.environment)
    ledger = DynamoFaxLedger(table_of(settings.ledger), world.clock)
    log = logger("mark-fax")
    # One at a time here: the queue's own concurrency is the limit.
    provider = SoftlinxMarking(settings.account, softlinx_api_of(settings, world.clock, log))
    return MarkBatches(MarkFaxes(provider, ledger=ledger, count=count, log=log), count, log)


def retrieve_content(world: World) -> RetrieveBatches:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.received_documents import S3Documents
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.providers.softlinx.marking import SoftlinxMarking
    from faxledger.providers.softlinx.marking_settings import SoftlinxRetrieveSettings
    from faxledger.triggers.retrieve_queue import RetrieveBatches
    from faxledger.usecases.retrieve import RetrieveContents

    settings = SoftlinxRetrieveSettings.from_env(world.environment)
    log = logger("retrieve-content")
    retrieve = RetrieveContents(
        SoftlinxMarking(
            settings.api.account,
            softlinx_api_of(settings.api, world.clock, log),
            document_type=settings.document_type,
        ),
        documents=S3Documents(documents_client(), settings.documents),
        ledger=DynamoFaxLedger(table_of(settings.api.ledger), world.clock),
        clock=world.clock,
        count=count,
        log=log,
    )
    return RetrieveBatches(retrieve, settings.most_received, count, log)
