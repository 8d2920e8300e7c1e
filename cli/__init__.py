"""The `faxledger` command."""
