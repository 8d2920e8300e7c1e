"""The machine: reads `template.yaml` and runs what it says, with AWS in this process.

It runs whatever the template has, and knows neither the simulators nor the terminal.
"""
