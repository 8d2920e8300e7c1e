"""What can be chosen about the simulated service."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from local.show.simulators.documents import DocumentFormat
from local.show.simulators.softlinx.times import RowTimes

# Of the product no more than this file of Softlinx's is looked at, wherever the product is installed.
_SHIPPED_WSDL = Path(str(files("faxledger"))) / "providers/softlinx/wsdl/replixfax.wsdl"


@dataclass(frozen=True, slots=True)
class SoftlinxCustomer:
    """The one administrative user, who sees everybody's faxes (doc), and the line that faxes arrive on."""

    realm: str = "Acme"
    login: str = "faxledger"
    password: str = "not-a-secret"  # noqa: S105 - it opens nothing but the simulator
    number: str = "12025550190"


@dataclass(frozen=True, slots=True)
class XopStyle:
    """How an answer with binary content is packed; senders of XOP differ in all of these.

    `root_is_last`: the envelope comes after the content, which takes a `start` to find it. `names_start`:
    the content type has that parameter. `encodes_cid`: the reference to the content is percent-encoded, as
    RFC 2392 has it. `wraps_all`: answers without any content come as one-part packages too.
    """

    root_is_last: bool = False
    names_start: bool = True
    encodes_cid: bool = True
    wraps_all: bool = False

    def __post_init__(self) -> None:
        if self.root_is_last and not self.names_start:
            raise ValueError("a root part that is not the first must be named by start (RFC 2387)")


@dataclass(frozen=True, slots=True)
class SoftlinxOptions:
    """What nothing public says of the real service, or what varies there.

    `pages_shift`: marking a fax moves the later pages of a query under way. `most_rows`: the largest page,
    and the size of one when a query sets no ResultLimit. `failed_word`: `sendFailed` (seen) or `failed`,
    which the guide's prose has. `multipart_callbacks`: callbacks are multipart/form-data instead of
    urlencoded. `wsdl`: the file that is served, with this server's address put in.

    `xop`: how SOAP answers carry a document; None has it inline as base64. `document_padding_bytes`:
    documents are that much larger. `default_document`: what comes when no type is asked for.
    `image_argument`: the name that REST takes the type by, the other one being ignored.
    `lists_refused_recipients`: a recipient who is refused has a row in the answer to a send, with an error
    and no FaxId, or none at all. `resend_keeps_id`: a resent fax is the same fax again, or a new one.
    `has_json_types`: REST writes counts as numbers and booleans as booleans; only FaxId is known to be a
    number. `latency_seconds`: how long each call takes at least, by the wall.
    """

    pages_shift: bool = False
    most_rows: int = 100
    row_times: RowTimes = RowTimes.OFFSET
    failed_word: str = "sendFailed"
    multipart_callbacks: bool = False
    wsdl: Path = _SHIPPED_WSDL
    xop: XopStyle | None = XopStyle()
    document_padding_bytes: int = 0
    default_document: DocumentFormat = DocumentFormat.TIF
    image_argument: str = "ContentType"
    lists_refused_recipients: bool = True
    resend_keeps_id: bool = False
    has_json_types: bool = False
    latency_seconds: float = 0


SOFTLINX_CUSTOMER = SoftlinxCustomer()
SOFTLINX_OPTIONS = SoftlinxOptions()
