import httpx
import pytest

from cli.api import Api
from tests.functions.doctor.clinic import Clinic
from tests.support.bundle_on_moto import Stack


@pytest.fixture
def clinic(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    clinic = Clinic(stack)
    clinic.is_well()
    monkeypatch.setattr(Api, "_client", httpx.Client(transport=httpx.MockTransport(clinic.answer)))
    return clinic
