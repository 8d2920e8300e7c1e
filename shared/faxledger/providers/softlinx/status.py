"""What Softlinx's status words mean, and so which words its faxes are asked for by (`marking.py`).

Outbound `sendFailed` and `sent` (seen), `failed` (doc, the guide's prose); inbound `recvOk` and
`recvIncomplete` (doc). Every other word is not final.
"""

from faxledger.domain.fax import Direction, Status

# As Softlinx writes them, for queries; they are read in any case.
FINAL_WORDS = {
    Direction.OUTBOUND: {
        "sendFailed": Status.FAILED,
        "failed": Status.FAILED,
        "sent": Status.SENT,
    },
    Direction.INBOUND: {
        "recvOk": Status.RECEIVED,
        "recvIncomplete": Status.RECEIVED_PARTIAL,
    },
}
_STATUS_OF = {
    direction: {word.casefold(): status for word, status in words.items()}
    for direction, words in FINAL_WORDS.items()
}

# The queue that received faxes lie in (doc); what the other is called is open.
_RECEIVE_QUEUE = "receivefax"


def status_of(direction: Direction, word: str) -> Status | None:
    """The final status a word stands for, or None for a word that is not final or not known."""
    return _STATUS_OF[direction].get(word.casefold())


def direction_of(queue: str, word: str, send_queue: str) -> Direction | None:
    """Which way a fax went: by its queue where that is given, else by its status word."""
    queue = queue.casefold()
    if queue == _RECEIVE_QUEUE:
        return Direction.INBOUND
    if queue == send_queue.casefold():
        return Direction.OUTBOUND
    return next((way for way, words in _STATUS_OF.items() if word.casefold() in words), None)
