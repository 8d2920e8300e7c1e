"""What `query_faxes` is told of receipts alone."""

from faxledger.settings.environment import Environment


def signing_key_of(environment: Environment) -> str | None:
    """A key of KMS; None where receipts are not signed."""
    return environment.get("RECEIPT_KEY") or None
