"""Failure classes from the words fax servers use.

Neither provider publishes its codes (open), so the class follows from phrases, first match first; the
provider's own code and words are always kept beside it.
"""

from faxledger.domain.fax import FailureClass

_PHRASES = (
    ("no answer", FailureClass.NO_ANSWER),
    ("no_answer", FailureClass.NO_ANSWER),
    ("noanswer", FailureClass.NO_ANSWER),
    ("unanswered", FailureClass.NO_ANSWER),
    ("busy", FailureClass.BUSY),
    ("not a fax", FailureClass.NOT_A_FAX),
    ("no fax", FailureClass.NOT_A_FAX),
    ("no carrier", FailureClass.NOT_A_FAX),
    ("voice", FailureClass.NOT_A_FAX),
    ("human", FailureClass.NOT_A_FAX),
    ("answering machine", FailureClass.NOT_A_FAX),
    ("modem", FailureClass.NOT_A_FAX),
    ("invalid number", FailureClass.BAD_NUMBER),
    ("bad number", FailureClass.BAD_NUMBER),
    ("invalid fax number", FailureClass.BAD_NUMBER),
    ("wrong number", FailureClass.BAD_NUMBER),
    ("disconnected number", FailureClass.BAD_NUMBER),
    ("number disconnected", FailureClass.BAD_NUMBER),
    ("not in service", FailureClass.BAD_NUMBER),
    ("unallocated", FailureClass.BAD_NUMBER),
    ("unassigned", FailureClass.BAD_NUMBER),
    ("blocked", FailureClass.REJECTED),
    ("rejected", FailureClass.REJECTED),
    ("refused", FailureClass.REJECTED),
    ("denied", FailureClass.REJECTED),
    ("cancel", FailureClass.REJECTED),
    ("conversion", FailureClass.DOCUMENT),
    ("document", FailureClass.DOCUMENT),
    ("attachment", FailureClass.DOCUMENT),
    ("file format", FailureClass.DOCUMENT),
    ("line", FailureClass.LINE),
    ("disconnect", FailureClass.LINE),
    ("hang up", FailureClass.LINE),
    ("hung up", FailureClass.LINE),
    ("timeout", FailureClass.LINE),
    ("timed out", FailureClass.LINE),
    ("training", FailureClass.LINE),
    ("negotiat", FailureClass.LINE),
    ("protocol", FailureClass.LINE),
    ("communication", FailureClass.LINE),
    ("t.30", FailureClass.LINE),
)


def failure_class_of(words: str) -> FailureClass:
    """The class of a failure described in a provider's words; `OTHER` where they tell nothing."""
    folded = words.casefold()
    return next((found for phrase, found in _PHRASES if phrase in folded), FailureClass.OTHER)
