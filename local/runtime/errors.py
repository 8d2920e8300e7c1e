"""What stands in the way of running the bundle on this machine, in words for the person at the terminal."""


class CannotRun(Exception):
    """Something has to be changed before the bundle can run here; the message says what."""


class UnknownConstruct(CannotRun):
    """The template says what this runner does not know and would otherwise leave out in silence."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"template.yaml: {where}: the local runner does not know {what}")
