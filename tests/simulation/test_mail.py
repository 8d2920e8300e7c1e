import json

from local.runtime.outbox import bounce_of
from tests.simulation.mail import transformed
from tests.simulation.scheduler import BEGINNING
from tests.support.bundle_on_moto import event_file
from tests.support.template import Template


def test_a_bounce_reaches_its_function_as_the_rule_leaves_it() -> None:
    body = json.loads(event_file("greenfax_bounces")["Records"][0]["body"])
    (target,) = Template({}).resource("BounceRule")["Targets"]
    bounce = bounce_of("m1", "12025550109@greenfax.com", {"submission": body["submission"]}, BEGINNING)

    assert json.loads(transformed(target["InputTransformer"], {"detail": bounce})) == body
