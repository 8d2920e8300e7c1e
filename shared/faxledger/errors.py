"""Everything that can go wrong, in one hierarchy.

    FaxledgerError
    ├── ProviderError                  the provider's answer, or the lack of one
    │   ├── ProviderUnavailable        timeout, connection, 429, 5xx: worth trying later
    │   │   ├── AnswerLost             the request was sent: look before sending it again
    │   │   └── AskedTooSoon           the allowance is used up: leave it alone for longer
    │   ├── ProviderRefused            it understood and said no (`code`, `text`)
    │   │   └── LoginRefused           stop at once and ask a person
    │   ├── RequestTooLate             our own request missed its moment and was not made
    │   └── ProviderAnswerUnreadable   not the protocol: HTML, a DTD, truncated, too large, about another fax
    ├── LedgerUnavailable              nothing durable could be written or read
    │   ├── ItemUnreadable             one item is not as this version or the one before writes it
    │   └── ItemRefused                the table takes no such item, and never will
    ├── DocumentsUnavailable           a document could not be put where documents are kept, or read there
    │   └── DocumentMissing            there is none
    ├── ChainBroken                    the records of closed days do not follow each other as they should
    ├── MailUnavailable                a received email could not be passed on, or read from where it was put
    ├── DeliveryFailed                  somebody who wants to be told did not take it: worth trying later
    │   └── TargetGone                 and asks not to be told any more
    ├── AddressRefused                 an address named by somebody outside is not one to ask
    ├── SignatureUnavailable           a document could not be signed
    ├── SecretUnavailable              a secret could not be read or is not filled in
    ├── MalformedInput                 what somebody sent us can't be read (`field`, `problem`)
    ├── NotPossible                    well asked, but what is there stands against it (`field`, `problem`)
    ├── UndirectedReport               a status word from which not even the fax's direction follows
    └── SettingMissing                 the deployment lacks a setting

No message holds a name, a number of a person, a document, a body or a secret: messages reach logs.
"""


class FaxledgerError(Exception):
    """The root of all errors of this package."""


class ProviderError(FaxledgerError):
    """The provider's answer, or the lack of one."""


class ProviderUnavailable(ProviderError):
    """No answer, or one that asks for patience: worth trying later, and not before `retry_after_seconds`."""

    def __init__(self, message: str, *, retry_after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class AnswerLost(ProviderUnavailable):
    """The request was sent, but whether it was acted upon is unknown.

    Nothing is sent a second time on this: find out first, and say "unknown" when that can't be told.
    """


class AskedTooSoon(ProviderUnavailable):
    """The provider's allowance is used up, by whomever."""


class ProviderRefused(ProviderError):
    """The provider understood and said no.

    `code` and `text` are its own; `text` may hold what must not reach a log, so messages show only `code`.
    """

    def __init__(self, operation: str, code: str, text: str = "") -> None:
        super().__init__(f"{operation} was refused with code {code}")
        self.operation = operation
        self.code = code
        self.text = text


class LoginRefused(ProviderRefused):
    """The credentials are not accepted: stop at once, a person has to mend them."""


class RequestTooLate(ProviderError):
    """The moment a request was allowed to leave had passed, so it was not made."""


class ProviderAnswerUnreadable(ProviderError):
    """The answer does not follow the provider's protocol."""


class LedgerUnavailable(FaxledgerError):
    """The ledger could not be read or written in time."""


class ItemUnreadable(LedgerUnavailable):
    """An item of the ledger that can't be read by this version; `name` is its partition key.

    Later may help: it may come from a newer version than runs now. It costs nothing but itself.
    """

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"an item can't be read: {problem}")
        self.name = name
        self.problem = problem


class ItemRefused(LedgerUnavailable):
    """The table refuses what was to be written or asked for, whenever tried: too large, no valid text."""


class DocumentsUnavailable(FaxledgerError):
    """A document could not be put where documents are kept, or read there."""


class DocumentMissing(DocumentsUnavailable):
    """There is no such document, or not any more."""


class ChainBroken(FaxledgerError):
    """The records of closed days do not follow each other: nothing is written until a person has looked."""


class MailUnavailable(FaxledgerError):
    """A received email could not be passed on, or read from where it was put."""


class DeliveryFailed(FaxledgerError):
    """A webhook or an email was not taken; to be tried again, and not before `retry_after_seconds`."""

    def __init__(self, message: str, *, retry_after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class TargetGone(DeliveryFailed):
    """A webhook's receiver asks not to be told any more."""


class AddressRefused(FaxledgerError):
    """An address that somebody outside has named may not be asked; the message repeats nothing of it."""


class SignatureUnavailable(FaxledgerError):
    """A document could not be signed: the service does not answer, or the key may not be used."""


class SecretUnavailable(FaxledgerError):
    """A secret could not be read, or nobody has filled it in yet."""


class MalformedInput(FaxledgerError):
    """What somebody sent us can't be read: `field` names where, `problem` says why without the value."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field
        self.problem = problem


class NotPossible(FaxledgerError):
    """What was asked is understood, and what is there stands against it: said as in `MalformedInput`."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field
        self.problem = problem


class UndirectedReport(FaxledgerError):
    """The status word is unknown and nothing else says whether the fax went out or came in."""


class SettingMissing(FaxledgerError):
    """The deployment lacks a setting; the message names it."""
