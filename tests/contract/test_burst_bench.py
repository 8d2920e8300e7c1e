"""The measurement of a burst measures what it says, on few callbacks, and notices a second winner."""

from collections import Counter
from dataclasses import replace

import pytest

from bench.burst import judge, measure, table
from faxledger.domain.fax import Direction, FaxId, Provider
from faxledger.ledger import keys

FAXES = 12
LIMITS = 5


def test_each_fax_of_a_burst_is_settled_once_whoever_says_so(
    dynamodb_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    burst = measure(dynamodb_url, FAXES, threads=6)

    assert judge(burst, FAXES)
    assert capsys.readouterr().out.count("kept  ") == LIMITS
    assert table(burst, FAXES).split()[-7:-5] == [str(4 * FAXES), str(FAXES)]

    one = keys.of_fax(FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", "1"))["pk"]["S"]
    twice = replace(burst, settled=burst.settled + Counter([one]))
    assert not judge(twice, FAXES)
    assert not judge(replace(burst, changed=frozenset({one})), FAXES)
    assert not judge(replace(burst, outcomes={}), FAXES)
