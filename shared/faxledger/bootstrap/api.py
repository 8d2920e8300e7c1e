"""What people ask and amend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import cases_of, table_of

if TYPE_CHECKING:
    from faxledger.usecases.ports.world import Log
    from faxledger.web.fax_listings import FaxListings
    from faxledger.web.fax_queries import FaxQueries
    from faxledger.web.feed_queries import FeedQueries
    from faxledger.web.provider_queries import ProviderQueries
    from faxledger.web.receipts import Receipts
    from faxledger.web.routing import Router


def query_faxes(world: World) -> Router:
    from faxledger.ledger.delivery_listing import DynamoDeliveryListing
    from faxledger.ledger.set_aside import DynamoSetAsides
    from faxledger.settings.query import QuerySettings
    from faxledger.web.delivery_queries import DeliveryQueries
    from faxledger.web.routing import Router
    from faxledger.web.unreadable_queries import UnreadableQueries

    log = logger("query-faxes")
    settings = QuerySettings.from_env(world.environment)
    table = table_of(settings.ledger)
    feeds = _feed_queries(world)
    queries = (
        _fax_listings(world, log),
        _fax_queries(world),
        _receipts(world),
        feeds,
        _provider_queries(world, feeds),
        DeliveryQueries(DynamoDeliveryListing(table, world.clock), settings.time_zone),
        UnreadableQueries(DynamoSetAsides(table, world.clock), log),
    )
    return Router({route: answer for one in queries for route, answer in one.routes.items()}, log)


def _fax_listings(world: World, log: Log) -> FaxListings:
    from faxledger.ledger.listing import DynamoFaxListing
    from faxledger.settings.query import QuerySettings
    from faxledger.web.fax_listings import FaxListings

    settings = QuerySettings.from_env(world.environment)
    listing = DynamoFaxListing(table_of(settings.ledger), world.clock)
    return FaxListings(listing, settings.accounts, settings.time_zone, log)


def _fax_queries(world: World) -> FaxQueries:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.received_documents import S3Documents
    from faxledger.ledger.amendments import DynamoAmendments
    from faxledger.ledger.deliveries import DynamoDeliveries
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.settings.query import QuerySettings
    from faxledger.web.fax_queries import FaxQueries

    settings = QuerySettings.from_env(world.environment)
    table = table_of(settings.ledger)
    return FaxQueries(
        DynamoFaxLedger(table, world.clock),
        DynamoAmendments(table),
        DynamoOrders(table, world.clock),
        S3Documents(documents_client(), settings.documents),
        cases_of(table, world.clock),
        DynamoDeliveries(table, world.clock),
        settings.accounts,
    )


def _receipts(world: World) -> Receipts:
    from faxledger.adapters.aws import client
    from faxledger.adapters.kms_signatures import KmsSigner
    from faxledger.ledger.amendments import DynamoAmendments
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.settings.query import QuerySettings
    from faxledger.settings.receipts import signing_key_of
    from faxledger.web.receipts import Receipts

    settings = QuerySettings.from_env(world.environment)
    table = table_of(settings.ledger)
    signing_key = signing_key_of(world.environment)
    return Receipts(
        DynamoAmendments(table),
        DynamoOrders(table, world.clock),
        settings.accounts,
        settings.time_zone,
        world.clock,
        KmsSigner(client("kms"), signing_key) if signing_key else None,
    )


def _feed_queries(world: World) -> FeedQueries:
    from faxledger.bootstrap.providers import PROVIDERS
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.feed_progress import DynamoFeedProgresses
    from faxledger.settings.query import QuerySettings
    from faxledger.web.feed_queries import FeedQueries

    settings = QuerySettings.from_env(world.environment)
    table = table_of(settings.ledger)
    return FeedQueries(
        {
            provider: entry.feed_rules(world.environment)
            for provider, entry in PROVIDERS.items()
            if entry.feed_rules and provider in settings.accounts
        },
        DynamoFeedProgresses(table),
        DynamoClaims(table),
        world.clock,
    )


def _provider_queries(world: World, feeds: FeedQueries) -> ProviderQueries:
    from faxledger.bootstrap.providers import PROVIDERS
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.heard import DynamoHeard
    from faxledger.settings.by_provider import accounts_of
    from faxledger.settings.ledger import LedgerSettings
    from faxledger.web.provider_queries import ProviderQueries

    table = table_of(LedgerSettings.from_env(world.environment))
    watched = [
        PROVIDERS[provider].watched(world.environment, account)
        for provider, account in accounts_of(world.environment).items()
    ]
    return ProviderQueries(watched, DynamoHeard(table), DynamoClaims(table), feeds, world.clock)


def console_page(world: World) -> Router:
    from faxledger.settings.console import ConsoleSettings
    from faxledger.web.console_page import ConsolePage
    from faxledger.web.routing import Router

    settings = ConsoleSettings.from_env(world.environment)
    # There is none where the bundle was built without npm.
    found = settings.page.iterdir() if settings.page.is_dir() else ()
    page = ConsolePage(
        {path.name: path.read_bytes() for path in found if path.is_file()},
        stack=settings.stack,
        issuer=settings.issuer,
        client_id=settings.client_id,
        scope_prefix=settings.scope_prefix,
        token_origin=settings.token_origin,
    )
    return Router(page.routes, logger("console-page"))


def amend_fax(world: World) -> Router:
    from faxledger.ledger.amendments import DynamoAmendments
    from faxledger.settings.ledger import LedgerSettings
    from faxledger.usecases.amend import AmendFax
    from faxledger.web.fax_amendments import FaxAmendments
    from faxledger.web.routing import Router

    log = logger("amend-fax")
    amendments = DynamoAmendments(table_of(LedgerSettings.from_env(world.environment)))
    amend = AmendFax(amendments, clock=world.clock, count=count, log=log)
    return Router(FaxAmendments(amend).routes, log)
