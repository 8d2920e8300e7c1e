"""The whole bundle on one machine."""
