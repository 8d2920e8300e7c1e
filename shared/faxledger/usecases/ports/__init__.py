"""What the use cases need from the world; ledger, adapters and providers implement it."""
