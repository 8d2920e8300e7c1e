"""What Softlinx's status words mean.

Outbound `sent` and `sendFailed` (seen), `failed` (doc, the guide's prose); inbound `recvOk` and
`recvIncomplete` (doc); any case. Every other word is not final.
"""

from faxledger.domain.fax import Direction, Status

_FINAL_WORDS = {
    Direction.OUTBOUND: {
        "sent": Status.SENT,
        "sendfailed": Status.FAILED,
        "failed": Status.FAILED,
    },
    Direction.INBOUND: {
        "recvok": Status.RECEIVED,
        "recvincomplete": Status.RECEIVED_PARTIAL,
    },
}

# The queue a fax lies in: ReceiveFax (doc), SendFax (open; without it the status word decides).
_DIRECTION_OF_QUEUE = {"sendfax": Direction.OUTBOUND, "receivefax": Direction.INBOUND}


def status_of(direction: Direction, word: str) -> Status | None:
    """The final status a word stands for, or None for a word that is not final or not known."""
    return _FINAL_WORDS[direction].get(word.casefold())


def direction_of(queue: str, word: str) -> Direction | None:
    """Which way a fax went: by its queue where that is given, else by its status word."""
    if direction := _DIRECTION_OF_QUEUE.get(queue.casefold()):
        return direction
    return next((way for way, words in _FINAL_WORDS.items() if word.casefold() in words), None)
