"""What a manager types for each kind of channel, and how a message leaves through it."""

import time
from dataclasses import dataclass
from smtplib import SMTPException

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from affiliate.delivery import http
from affiliate.integrations import webhooks
from affiliate.integrations.fields import Value
from affiliate.integrations.masking import mask
from affiliate.integrations.messages import Answer, Request, compact_json
from affiliate.models.alert import Via
from affiliate.models.fields import new_oid

LONGEST = 4000
SHOWN = 200


class Addresses(Value):
    """E-mail addresses with commas."""

    def clean(self, raw) -> str:
        text = super().clean(raw)
        for address in split(text):
            try:
                validate_email(address)
            except ValidationError:
                raise ValueError(_("“%(part)s” is no e-mail address.") % {"part": address}) from None
        return text


DECLARED: dict[str, dict[str, Value]] = {
    Via.TELEGRAM: {
        "token": Value(
            gettext_lazy("Made by @BotFather in Telegram: /newbot."),
            label=gettext_lazy("Bot token"),
            pattern=r"\d+:[\w-]{20,}",
            example="123456789:AAE…",
            secret=True,
        ),
        "chat": Value(
            gettext_lazy("Number of the chat, or @name of a channel. Add the bot to the chat first."),
            label=gettext_lazy("Chat"),
            pattern=r"-?\d+|@\w+",
            example="-1001234567890",
        ),
    },
    Via.EMAIL: {
        "addresses": Addresses(
            gettext_lazy("Several with commas."), label=gettext_lazy("E-mail addresses"), example="team@example.com"
        ),
    },
    Via.WEBHOOK: {
        "url": Value(
            gettext_lazy("Gets each message as JSON by POST."),
            label=gettext_lazy("Address"),
            pattern=r"https?://\S+",
            example="https://example.com/hook",
            secret=True,
        ),
        "secret": Value(
            gettext_lazy("Signs the messages in the header Hub-Signature: HMAC-SHA256 over t, a point and the body."),
            label=gettext_lazy("Secret"),
            secret=True,
            required=False,
        ),
    },
}


@dataclass(frozen=True)
class Sent:
    """How a try ended; `answer` is what the other side said, secrets masked."""

    ok: bool
    answer: str


def split(addresses: str) -> list[str]:
    return [part for part in addresses.replace(";", ",").replace(" ", ",").split(",") if part]


def send(via: str, values: dict, *, text: str, data: dict) -> Sent:
    """One message, now. `data` is what a program gets beside the text."""
    if via == Via.EMAIL:
        return _mail(values, text)
    request = _telegram(values, text) if via == Via.TELEGRAM else _webhook(values, text, data)
    answer = http.send(request)
    hidden = [value for name, value in values.items() if DECLARED[via].get(name) and DECLARED[via][name].secret]
    return Sent(200 <= (answer.status or 0) < 300, mask(_words(answer), hidden))


def _telegram(values: dict, text: str) -> Request:
    url = f"{settings.TELEGRAM_URL}/bot{values.get('token', '')}/sendMessage"
    return Request.json(url, {"chat_id": values.get("chat", ""), "text": text[:LONGEST]})


def _webhook(values: dict, text: str, data: dict) -> Request:
    uid = new_oid()
    body = compact_json({"id": uid, "text": text, **data}).encode()
    headers = {"Content-Type": "application/json"}
    if secret := values.get("secret"):
        headers |= webhooks.headers([secret], event_id=uid, timestamp=int(time.time()), body=body)
    return Request("POST", values.get("url", ""), headers=headers, body=body)


def _mail(values: dict, text: str) -> Sent:
    subject = text.partition("\n")[0][:120]
    try:
        message = EmailMessage(
            subject, text, settings.DEFAULT_FROM_EMAIL, split(values.get("addresses", "")), connection=get_connection()
        )
        message.send()
    except (OSError, SMTPException) as error:
        return Sent(False, _("the mail server: %(error)s") % {"error": str(error)[:SHOWN]})
    return Sent(True, _("handed to the mail server"))


def _words(answer: Answer) -> str:
    if answer.error:
        return {"connect": _("no connection"), "timeout": _("no answer in time")}.get(
            answer.error, _("connection broken")
        )
    return f"HTTP {answer.status} {answer.text[:SHOWN]}".strip()
