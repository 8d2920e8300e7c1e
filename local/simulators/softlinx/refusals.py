"""What this service says no to: a StatusCode other than 0, at HTTP 200 (doc, seen).

The codes are not published; these are made up, and a client may only ask whether one is `0`.
"""


class Refusal(Exception):
    code = "1"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class LoginRefused(Refusal):
    code = "2"

    def __init__(self) -> None:
        super().__init__("Invalid login, password or realm")


class SessionUnknown(Refusal):
    code = "3"

    def __init__(self) -> None:
        super().__init__("Invalid or expired authentication token")


class BadArgument(Refusal):
    code = "4"


class NoSuchFax(Refusal):
    code = "5"

    def __init__(self) -> None:
        super().__init__("Fax not found")
