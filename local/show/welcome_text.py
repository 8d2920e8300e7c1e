"""What is printed when the bundle is up: where everything is and what to try."""

from collections.abc import Iterator
from pathlib import Path

from local.runtime.bundle import Bundle
from local.runtime.our_accounts import DEFAULTS, OurAccounts

# Identifiers that the simulators do not come to.
SOFTLINX_FAILED, SOFTLINX_SENT, GREENFAX_SENT = "900001", "900002", "9000001"


def lines_to_try(bundle: Bundle, accounts: OurAccounts) -> dict[str, str]:
    """What to type, by what it does: curl speaks as a provider would, the command asks."""
    softlinx = f"'{bundle.url}/callbacks/softlinx/{accounts.softlinx_token}'"
    greenfax = f"{bundle.url}/callbacks/greenfax/{accounts.greenfax_token}"
    realm, account = str(bundle.parameters["SoftlinxRealm"]).lower(), bundle.parameters["GreenFaxAccountId"]
    lines = {}
    if is_told := listens_to_softlinx(bundle):
        lines["Softlinx says that a fax has failed"] = (
            f"curl {softlinx} -d FaxId={SOFTLINX_FAILED} -d FaxStatus=sendFailed -d ErrorText=Busy"
        )
        lines["Softlinx says that another was sent"] = (
            f"curl {softlinx} -d FaxId={SOFTLINX_SENT} -d FaxStatus=sent -d PagesSent=3"
        )
    if account:
        lines["GreenFax says that a fax was sent"] = (
            f"curl '{greenfax}?result=success&greenfaxreferenceid={GREENFAX_SENT}&pages=1&cost=0.10'"
        )
    lines["what failed"] = _command(bundle, "list --status failed")
    if is_told:
        fax = f"softlinx.outbound.{realm}.{SOFTLINX_FAILED}"
    else:
        fax = f"greenfax.outbound.{account}.{GREENFAX_SENT}" if account else f"softlinx.outbound.{realm}.1"
    lines["what became of one fax, and how we know"] = _command(bundle, f"show {fax}")
    return lines


def sending_lines(bundle: Bundle) -> dict[str, str]:
    """Commands that send through the simulated Softlinx; ids in capitals are from the answers before."""
    if not bundle.parameters["SoftlinxRealm"]:
        return {}
    return {
        "send a fax: to a number in 0001 it fails, to one in 0100 it goes through": _command(
            bundle, "send --cover-page --to 12025550001"
        ),
        "how far it has come": _command(bundle, "show SUBMISSION"),
        "when it has failed, some minutes later: once more, to another number": _command(
            bundle, "resend FAX --number 12025550100"
        ),
    }


def _command(bundle: Bundle, words: str) -> str:
    # Else it would go to the stack that the environment may name.
    return f"faxledger {words} --api-url {bundle.url}"


def listens_to_softlinx(bundle: Bundle) -> bool:
    """Not in the mode poll-only, nor without Softlinx."""
    return bundle.listens_at("/callbacks/softlinx/{token}")


def welcome_text(
    bundle: Bundle,
    accounts: OurAccounts,
    *,
    is_simulated: bool,
    console: str | None = None,
    state: Path | None = None,
    receiver: str | None = None,
    has_parameters: bool = False,
) -> str:
    """The whole text; it holds passwords only where they are the simulators' own.

    `console` is the console's link, or why there is none; `state` is where everything is kept.
    """
    kept = f"{state}   (kept over restarts and crashes)" if state else "forgotten at the end"
    lines = [
        *_places(bundle, accounts, is_simulated=is_simulated, console=console, receiver=receiver),
        f"  log           {bundle.log.path}",
        f"  state         {kept}",
        "",
        *(_parameters(bundle) if has_parameters else ()),
        *_suggestions(bundle, accounts, is_simulated=is_simulated),
    ]
    return "\n".join(lines)


def _places(
    bundle: Bundle, accounts: OurAccounts, *, is_simulated: bool, console: str | None, receiver: str | None
) -> Iterator[str]:
    parameters = bundle.parameters
    how = "simulated" if is_simulated else "not simulated"
    yield "Faxledger is up: every function, route, schedule and queue of template.yaml."
    yield ""
    yield f"  API           {bundle.url}   (on AWS it asks for a signature)"
    yield f"  AWS services  {bundle.aws_url}   (for aws --endpoint-url)"
    if console:
        yield f"  console       {console}"
    if parameters["SoftlinxRealm"]:
        password = _shown("SOFTLINX_PASSWORD", accounts.softlinx_password)
        yield f"  Softlinx      {parameters['SoftlinxUrl']}   ({how})"
        yield f"                realm {parameters['SoftlinxRealm']}, {accounts.softlinx_login} / {password}"
        if listens_to_softlinx(bundle):
            yield f"                callback token {accounts.softlinx_token}"
    if parameters["GreenFaxAccountId"]:
        password = _shown("GREENFAX_PASSWORD", accounts.greenfax_password)
        yield f"  GreenFax      {parameters['GreenFaxOutboundUrl']}   ({how})"
        yield f"                account {parameters['GreenFaxAccountId']} / {password}"
        yield f"                callback token {accounts.greenfax_token}"
    if receiver:
        yield f"  receiver      {receiver}"
        yield f"                webhooks are signed by {_shown('NOTIFY_SIGNING_KEY', accounts.signing_key)}"


def _parameters(bundle: Bundle) -> Iterator[str]:
    yield "Parameters (set any by an environment variable of its name):"
    for name, value in sorted(bundle.parameters.items()):
        yield f"  {name}={','.join(value) if isinstance(value, list) else value}"
    yield ""


def _suggestions(bundle: Bundle, accounts: OurAccounts, *, is_simulated: bool) -> Iterator[str]:
    yield "Try:"
    lines = lines_to_try(bundle, accounts) | (sending_lines(bundle) if is_simulated else {})
    for what, line in lines.items():
        yield f"  # {what}"
        yield f"  {line}"
    yield "  # one run of one function, now"
    yield f"  faxledger run {_scheduled(bundle)} --admin-port {bundle.admin_url.rpartition(':')[2]}"
    yield ""


def _shown(name: str, password: str) -> str:
    return password if password == DEFAULTS[name] else f"the password in {name}"


def _scheduled(bundle: Bundle) -> str:
    return "softlinx_poll" if bundle.parameters["SoftlinxRealm"] else "greenfax_feed"
