"""The whole bundle on one machine: `runtime` is the machine, `show` is what plays on it."""
