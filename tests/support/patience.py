"""How long a test waits for what is sure to come, before it fails instead of hanging.

So long that no machine is too busy for it. Nothing waits for it to pass.
"""

PATIENCE_SECONDS = 180.0
