"""Both fax providers and a receiver of webhooks, as real HTTP servers driven by somebody else's clock.

They know the protocols from the pages of those who made them and import nothing of `faxledger`, so that they
bear independent witness: a mistake in our reading of a protocol does not repeat itself here.
"""
