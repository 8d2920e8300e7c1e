"""What is written to the providers' support. What they are asked is what they publish, or what they don't."""

from typing import Final

# Beside a text with a token in it.
WARNING: Final = """\
This text holds a secret: whoever has the URL can state that a fax was sent.
Send it to the provider's support alone, and delete it here afterwards."""

# The four addresses, the posts and their twelve attempts are of Softlinx's developer guide.
_SOFTLINX: Final = """\
To: Softlinx support
Subject: URL callback for the realm {account}

We use ReplixFax in the realm {account}.
{callback}
Please tell us as well:

- the host of our API, and whether SOAP, REST or both are on for our realm;
- one user with administrative permission: it has to see everybody's faxes,
  sent and received, mark them, and fetch received documents;
- whether tokens of a SOAP login run out within 15 minutes, and which
  StatusCode tells so.
"""
_SOFTLINX_CALLBACK: Final = """
Please turn on the URL callback (HTTP POST) for this realm, for new received
faxes and for sent ones that reach their final status, with this URL:

  {url}

It is asked by https only. It answers 2xx when the post is kept, and anything
else when it is not: please repeat the post then, as your guide says, 12 times
with 2 hours between. The URL is a secret between us, as posts are not signed;
please don't put it where others can read it.

Do the posts still come from these addresses alone: 209.190.172.178,
66.181.95.135, 66.181.95.100, 209.190.165.133? We would refuse others.
"""
_SOFTLINX_POLL: Final = """
We take no URL callbacks: we query the realm's faxes every 10 to 15 minutes.
"""
_GREENFAX: Final = """\
To: GreenFax support
Subject: HTTP Notify for the account {account}

Our account is {account}.

Please turn on HTTP Notify for outbound faxes, a GET when a job is completed,
whether sent or failed, with this URL:

  {url}

and HTTPS Notify for inbound faxes with this one:

  {url}/inbound

Both are asked by https only, with your parameters in the query as your guide
has them. They answer 2xx when the notification is kept. What we miss we read
from your XML feed, with at most one request in 20 minutes. The URLs are
secrets between us, as notifications are not signed; please don't put them
where others can read them.

Please tell us as well:

- whether the outbound and the inbound feed share the 20 minutes;
- from which hosts documents of received faxes are downloaded: we admit
  greenfax.com and names below it;
- in which time zone the feeds' dates and times are.
"""


def support_text(provider: str, account: str, url: str | None) -> str:
    """The whole text; None for the URL of a stack that takes no callbacks."""
    if provider == "greenfax":
        return _GREENFAX.format(account=account, url=url).rstrip()
    callback = _SOFTLINX_POLL if url is None else _SOFTLINX_CALLBACK.format(url=url)
    return _SOFTLINX.format(account=account, callback=callback).rstrip()


def replacing_text(provider: str, account: str, url: str) -> str:
    """What is written when a new URL takes the place of one that is registered."""
    what = {
        "softlinx": f"To: Softlinx support\nSubject: another URL callback for the realm {account}\n\n"
        f"Please replace the URL callback of our realm {account}, for received and\n"
        f"sent faxes, by this one:\n\n  {url}\n",
        "greenfax": f"To: GreenFax support\nSubject: other notify URLs for the account {account}\n\n"
        f"Please replace the URLs of our account {account}. HTTP Notify for outbound faxes:\n\n  {url}\n\n"
        f"HTTPS Notify for inbound faxes:\n\n  {url}/inbound\n",
    }[provider]
    return (
        f"{what}\nThe present URL works until we see callbacks under the new one, which is a\n"
        "secret between us, as callbacks are not signed; please don't put it where\nothers can read it."
    )
