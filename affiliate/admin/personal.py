"""Personal data is shown to those who have the right; the others see masks."""

import re
from urllib.parse import quote

from affiliate.integrations.masking import MASK, forms, mask
from affiliate.models import Lead
from affiliate.postbacks import calls

RIGHT = "affiliate.view_personal_data"
_TAIL = 7
# What stands under these names in a network's call tells of no person.
_PROTOCOL = {"id", *calls.FIELDS} - {"comment"}


def may_see(user) -> bool:
    return user.has_perm(RIGHT)


def masked_phone(phone: str) -> str:
    """`+40712345678` → `+407•••78`: enough to tell two leads apart, too little to call."""
    return f"{phone[:4]}{MASK}{phone[-2:]}" if len(phone) > 8 else MASK if phone else ""


def masked_name(name: str) -> str:
    return f"{name[0]}{MASK}" if name else ""


def phone_of(lead: Lead, user) -> str:
    return lead.phone if may_see(user) else masked_phone(lead.phone)


def name_of(lead: Lead, user) -> str:
    return lead.name if may_see(user) else masked_name(lead.name)


def text_filter(lead: Lead | None, user):
    """A function that hides the lead's person in any text, the phone however it is written there."""
    if may_see(user) or lead is None:
        return str
    patterns = [_pattern(phone) for phone in {lead.phone, lead.phone_typed}]
    # A network may get the parts of a name apart.
    patterns += [_word(name) for name in {lead.name, *lead.name.split()} if len(name) > 1]
    patterns = [pattern for pattern in patterns if pattern]
    values = [lead.name, lead.email, lead.address, lead.zip, lead.comment, lead.ip or ""]
    values += [value for value in lead.extra.values() if isinstance(value, str)]

    def hide(text) -> str:
        text = mask(str(text), values)
        for pattern in patterns:
            text = pattern.sub(MASK, text)
        return text

    return hide


def call_filter(user):
    """The same for a call of a network that is about no lead we know: only what the protocol names is shown."""
    if may_see(user):
        return str

    def hide(text) -> str:
        pairs = [pair.partition("=") for pair in str(text).split("&")] if "=" in str(text) else []
        shown = [f"{name}={value if name.lower() in _PROTOCOL else MASK}" for name, _is, value in pairs]
        return "&".join(shown) or (MASK if text else "")

    return hide


def _pattern(phone: str):
    """The last digits identify a phone in national and international writing; separators may stand between them."""
    digits = re.sub(r"\D", "", phone)[-_TAIL:]
    if len(digits) < 4:
        return re.compile(re.escape(phone)) if phone else None
    between = f"(?:[\\s().+-]|%20|{re.escape(quote('('))}|{re.escape(quote(')'))}){{0,3}}"
    return re.compile(rf"(?:[+\d]|%2B)*{between}" + between.join(digits))


def _word(name: str):
    """The name where it stands by itself: short ones are parts of many words."""
    written = "|".join(re.escape(form) for form in sorted(forms([name], shortest=2), key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{written})(?![^\W_])", re.IGNORECASE)
