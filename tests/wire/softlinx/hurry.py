"""Limits of which one is soon reached and every other never, for the tests of what is cut off.

Each is put before a test and takes the place of its `limits`.
"""

import pytest

from faxledger.providers.softlinx.transport import Limits

_NEVER = 600.0


def _limits(
    *, connect: float = _NEVER, read: float = _NEVER, exchange: float = _NEVER, logout: float = _NEVER
) -> pytest.MarkDecorator:
    limits = Limits(
        connect_timeout=connect,
        read_timeout=read,
        exchange_timeout=exchange,
        transfer_timeout=exchange,
        logout_timeout=logout,
    )
    return pytest.mark.parametrize("limits", [limits], ids=["hurried"])


A_CONNECTION_IS_CUT_SHORT = _limits(connect=0.5)
A_READ_IS_CUT_SHORT = _limits(read=1)
AN_EXCHANGE_IS_CUT_SHORT = _limits(exchange=1)
A_LOGOUT_IS_CUT_SHORT = _limits(logout=0.3)
