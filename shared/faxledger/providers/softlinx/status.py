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

# The queue that received faxes lie in (doc); what the other is called is open.
_RECEIVE_QUEUE = "receivefax"


def status_of(direction: Direction, word: str) -> Status | None:
    """The final status a word stands for, or None for a word that is not final or not known."""
    return _FINAL_WORDS[direction].get(word.casefold())


def direction_of(queue: str, word: str, send_queue: str) -> Direction | None:
    """Which way a fax went: by its queue where that is given, else by its status word."""
    queue = queue.casefold()
    if queue == _RECEIVE_QUEUE:
        return Direction.INBOUND
    if queue == send_queue.casefold():
        return Direction.OUTBOUND
    return next((way for way, words in _FINAL_WORDS.items() if word.casefold() in words), None)
