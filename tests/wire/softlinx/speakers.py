"""What a scripted server says in either API, so that one test can be put to both clients."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import ClassVar
from xml.sax.saxutils import escape

from faxledger.providers.softlinx.api import SoftlinxApi
from faxledger.providers.softlinx.rest import SoftlinxRest
from faxledger.providers.softlinx.soap import SoftlinxSoap
from faxledger.providers.softlinx.transport import Limits
from tests.support.scripted_server import Answer, ScriptedServer, http, output


class Call(StrEnum):
    QUERY = "query"
    FIND = "find"
    MARK = "mark"
    CONTENT = "content"
    SEND = "send"
    RESEND = "resend"


Row = Mapping[str, str]


class Speaker:
    """Scripts the calls about fax 33; `api` is the client that makes them."""

    api: SoftlinxApi
    names: ClassVar[Mapping[Call, str]]

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server

    def says(self, call: Call, *answers: Answer) -> None:
        self.server.answer(self.names[call], *answers)

    def rows(self, call: Call, /, *rows: Row, more: str | None = None) -> bytes:
        """A good answer with these faxes; `more` is the reference of those to follow."""
        raise NotImplementedError

    def refusal(self, call: Call, code: str, text: str, /, *rows: Row) -> bytes:
        raise NotImplementedError

    def asked(self, call: Call) -> int:
        return self.server.operations().count(self.names[call])


class Soap(Speaker):
    names: ClassVar[Mapping[Call, str]] = {
        Call.QUERY: "QuerySendFax",
        Call.FIND: "QuerySendFax",
        Call.MARK: "ModifySendFax",
        Call.CONTENT: "GetSendFaxContent",
        Call.SEND: "SendFax",
    }

    def __init__(self, server: ScriptedServer, limits: Limits) -> None:
        super().__init__(server)
        self.api = SoftlinxSoap(
            url=server.url,
            realm="acme",
            credentials=lambda: ("admin", "canary-password"),
            limits=limits,
            page_size=2,
            page_limit=20,
        )

    def rows(self, call: Call, /, *rows: Row, more: str | None = None) -> bytes:
        content = _status("0", "") + _infos(rows)
        if more is not None:
            content += f"<HasMoreResults>true</HasMoreResults><ResultsReference>{more}</ResultsReference>"
        return output(self.names[call], content)

    def refusal(self, call: Call, code: str, text: str, /, *rows: Row) -> bytes:
        return output(self.names[call], _status(code, text) + _infos(rows))


class Rest(Speaker):
    names: ClassVar[Mapping[Call, str]] = {
        Call.QUERY: "GET outboundfaxes",
        Call.FIND: "GET outboundfaxes/33",
        Call.MARK: "PUT outboundfaxes/33",
        Call.CONTENT: "GET outboundfaxes/33/image",
        Call.SEND: "POST outboundfaxes",
        Call.RESEND: "POST outboundfaxes/33/resend",
    }

    def __init__(self, server: ScriptedServer, limits: Limits) -> None:
        super().__init__(server)
        self.api = SoftlinxRest(
            url=server.rest_url,
            realm="acme",
            credentials=lambda: ("admin", "canary-password"),
            limits=limits,
            page_size=2,
            page_limit=20,
        )

    def rows(self, _call: Call, /, *rows: Row, more: str | None = None) -> bytes:
        paging = {} if more is None else {"HasMoreResults": True, "ResultsReference": more}
        status = {"StatusCode": 0, "StatusText": ""}
        return as_json({"RequestStatus": status, "FaxInfo": _numbered(rows), **paging})

    def refusal(self, _call: Call, code: str, text: str, /, *rows: Row) -> bytes:
        status = {"StatusCode": code, "StatusText": text}
        return as_json({"RequestStatus": status, "FaxInfo": _numbered(rows)})


def as_json(value: object, *, status: str = "200 OK") -> bytes:
    content = value if isinstance(value, str) else json.dumps(value)
    return http(content, status=status, content_type="application/json; charset=utf-8")


def _numbered(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The identifier as a JSON number, which it is (seen)."""
    return [{name: int(text) if name == "FaxId" else text for name, text in row.items()} for row in rows]


def _status(code: str, text: str) -> str:
    fields = f"<StatusCode>{code}</StatusCode><StatusText>{escape(text)}</StatusText>"
    return f"<RequestStatus>{fields}</RequestStatus>"


def _infos(rows: Sequence[Row]) -> str:
    return "".join(
        "<FaxInfo>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in row.items()) + "</FaxInfo>"
        for row in rows
    )
