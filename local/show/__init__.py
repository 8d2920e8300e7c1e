"""The show: both providers simulated, a day at a clinic, and what the terminal tells of it.

It plays on the machine of `local.runtime`, which does not know it.
"""
