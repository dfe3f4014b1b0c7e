"""What the columns of a file are: guessed from their headers, chosen by a person, turned into a lead's fields."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from affiliate.intake import normalise
from affiliate.models import Lead, countries

KEY, EXTRA, LEFT_OUT = "key", "extra", ""
PHONE, OFFER = "phone", "offer"
# Fields that several columns may make together.
JOINED = {"name": " ", "address": ", ", "comment": " "}
_WORDS = {
    KEY: "id, lead id, order id, external id, uid, номер заказа, номер лида, id лида, id заказа, внешний id",
    OFFER: "offer, offer id, product, goods, оффер, товар, продукт, id оффера",
    PHONE: "phone, phone number, telephone, tel, mobile, msisdn, телефон, номер телефона, номер, тел, мобильный",
    "name": "name, full name, first name, last name, surname, customer, client, фио, имя, фамилия, клиент, покупатель",
    "country": "country, geo, country code, страна, гео, код страны",
    "ip": "ip, ip address, ip адрес, айпи",
    "email": "email, e mail, mail, почта, эл почта, емейл, имейл",
    "comment": "comment, comments, note, notes, message, комментарий, примечание, коммент, сообщение",
    "address": "address, addr, street, адрес, улица",
    "city": "city, town, город",
    "region": "region, area, state, область, регион, край",
    "zip": "zip, postcode, postal code, index, индекс, почтовый индекс",
    "price": "price, amount, sum, total, цена, сумма, стоимость",
    "currency": "currency, валюта",
    "quantity": "quantity, count, qty, количество, кол во",
    "user_agent": "user agent, useragent, ua, browser, браузер",
    "referer": "referer, referrer, реферер",
    "landing_url": "landing, landing url, url, site, page, лендинг, сайт, страница",
    "language": "language, lang, язык",
    "timezone": "timezone, time zone, часовой пояс",
    **{f"sub{number}": f"sub{number}, subid{number}, sub {number}, sub id {number}" for number in range(1, 6)},
    **{f"utm_{name}": f"utm {name}" for name in ("source", "medium", "campaign", "content", "term")},
}
_FIELD_OF = {word.strip(): field for field, words in _WORDS.items() for word in words.split(",")}


def choices() -> list[tuple[str, str]]:
    """What a column may be, in words."""
    labels = {
        LEFT_OUT: _("— leave out —"),
        EXTRA: _("keep as an additional field"),
        KEY: _("the file's own id of the lead"),
        OFFER: _("offer (number or title)"),
    }
    fields = [PHONE, *(name for name in normalise.KNOWN if name not in (PHONE, OFFER))]
    known = [(name, _label(name)) for name in fields if name in _WORDS]
    return [*labels.items(), *sorted(known, key=lambda pair: pair[0] != PHONE)]


def guess(headers: Iterable[str]) -> dict[str, str]:
    """A field for each header; what is not known is kept as an additional field."""
    columns, used = {}, set()
    for header in headers:
        field = _FIELD_OF.get(" ".join(re.findall(r"[^\W_]+", header.lower())), EXTRA)
        if field in used and field not in JOINED:
            field = EXTRA
        used.add(field)
        columns[header] = field
    return columns


def check(columns: Mapping[str, str], *, has_offer: bool) -> None:
    """Raises ValidationError for columns that no lead can be made of."""
    fields = [field for field in columns.values() if field not in (EXTRA, LEFT_OUT)]
    twice = sorted({field for field in fields if fields.count(field) > 1 and field not in JOINED})
    if PHONE not in fields:
        raise ValidationError(_("Say which column is the phone."))
    if twice:
        names = ", ".join(dict(choices())[field] for field in twice)
        raise ValidationError(_("Only one column can be: %(names)s.") % {"names": names})
    if OFFER not in fields and not has_offer:
        raise ValidationError(_("Choose an offer, or say which column has it."))


def data(cells: Mapping[str, str], columns: Mapping[str, str], *, offers: Mapping[str, int], default: Mapping) -> dict:
    """A row as the intake service takes it. An offer becomes its number, a country its code, where they stand by name."""
    fields = {}
    for header, value in cells.items():
        field = columns.get(header, LEFT_OUT)
        if field in (LEFT_OUT, KEY) or not value:
            continue
        # A column that is kept as it is must not become the field it happens to be called by.
        name = f"{header} " if field == EXTRA and header in normalise.KNOWN else header if field == EXTRA else field
        fields[name] = f"{fields[name]}{JOINED[name]}{value}" if name in fields and name in JOINED else value
    if name := fields.get("country"):
        fields["country"] = _countries().get(name.casefold(), name)
    if title := fields.get(OFFER):
        fields[OFFER] = offers.get(title.casefold(), title)
    return {**{name: value for name, value in default.items() if value}, **fields}


def column_of(field: str, columns: Mapping[str, str]) -> str:
    """The header of the column that a field came from."""
    return next((header for header, one in columns.items() if one == field), "")


@cache
def _countries() -> dict[str, str]:
    """Codes by the names that people write in files."""
    named = [countries.names(language) for language in ("en", "ru")]
    return {name.casefold(): code for names in named for code, name in names.items()}


def _label(name: str) -> str:
    return str(_PHONE if name == PHONE else Lead._meta.get_field(name).verbose_name)


_PHONE = gettext_lazy("phone")
