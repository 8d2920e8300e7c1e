"""What this service says no to: a StatusCode other than 0, by SOAP at HTTP 200 (doc, seen).

The codes are not published; these are made up, and a client may only ask whether one is `0`. `http_status` is
what the REST API answers with (doc).
"""


class Refusal(Exception):
    code = "1"
    http_status = 400

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class InvalidLogin(Refusal):
    code = "2"
    http_status = 401

    def __init__(self) -> None:
        super().__init__("Invalid login, password or realm")


class SessionUnknown(Refusal):
    code = "3"
    http_status = 401

    def __init__(self) -> None:
        super().__init__("Invalid or expired authentication token")


class BadArgument(Refusal):
    code = "4"


class NoSuchFax(Refusal):
    code = "5"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("Fax not found")


class ContentNotThere(Refusal):
    code = "6"
    http_status = 500

    def __init__(self) -> None:
        super().__init__("Fax content is not available at the moment")
