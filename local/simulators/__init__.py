"""Both fax providers as real HTTP servers on this machine, driven by somebody else's clock.

They know the protocols from the providers' own pages and import nothing of `faxledger`, so that they bear
independent witness: a mistake in our reading of a protocol does not repeat itself here.
"""
