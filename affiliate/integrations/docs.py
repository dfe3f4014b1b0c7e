"""The documentation of the integrations, from nothing but their declarations: Markdown in the active language."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import unquote

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from affiliate.integrations import conversation, description, registry
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Value
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Request
from affiliate.integrations.postback_urls import PATH, join, postback_fields, postback_urls
from affiliate.vocabulary import Evidence, Status

INDEX = "README.md"
GENERATED = "<!-- Written by manage.py network_docs from the declarations: do not edit. -->"
EVIDENCE = {
    Evidence.DOCUMENTED: gettext_lazy("documented"),
    Evidence.CLIENT_CODE: gettext_lazy("client code"),
    Evidence.FAMILY: gettext_lazy("family"),
    Evidence.UNKNOWN: gettext_lazy("protocol not published"),
}
MEANING = {
    Evidence.DOCUMENTED: gettext_lazy("The network describes its API in public, and the hub keeps to that."),
    Evidence.CLIENT_CODE: gettext_lazy(
        "It was read from the code of clients that work with the network; the network's own document was not seen. "
        "Send a test lead before you send traffic."
    ),
    Evidence.FAMILY: gettext_lazy(
        "The network is taken for one of a platform whose API is known; this has not been confirmed. "
        "Send a test lead before you send traffic."
    ),
    Evidence.UNKNOWN: gettext_lazy("Only the document that the network's manager gives tells how leads are taken."),
}
STATUSES = {
    Status.WAIT: pgettext_lazy("status", "wait"),
    Status.HOLD: pgettext_lazy("status", "hold"),
    Status.APPROVE: pgettext_lazy("status", "approve"),
    Status.CANCEL: pgettext_lazy("status", "cancel"),
    Status.TRASH: pgettext_lazy("status", "trash"),
}
FORMATS = {"none": "", "form": "form", "json": "JSON", "multipart": "multipart", "xml": "XML"}


def pages() -> dict[str, str]:
    """Every page by file name: one an integration, and the index."""
    return {INDEX: index(), **{f"{slug}.md": page(one) for slug, one in registry.integrations().items()}}


def index() -> str:
    networks, every = registry.networks(), registry.integrations()
    general = [one for slug, one in every.items() if slug not in networks]
    return _document(
        _heading(1, _("Networks")),
        _("What each network asks for, how its postbacks are set up and how its statuses come."),
        _index_table(networks.values()),
        _heading(2, _("General integrations")),
        _index_table(general),
    )


def page(integration: type[Integration]) -> str:
    sections = (_head, _asked_for, _typed, _account, _statuses, _wire, _limits)
    return _document(*(part for section in sections for part in section(integration)))


def ways(integration: type[Integration]) -> list[str]:
    """How statuses come, as words."""
    found = []
    if _by_postback(integration):
        found.append(pgettext("statuses come by", "postback"))
    if integration.polls():
        found.append(pgettext("statuses come by", "status poll"))
    return found or [pgettext("statuses come by", "protocol description")]


def _index_table(integrations: Iterable[type[Integration]]) -> str:
    return _table(
        (_("Network"), _("Site"), _("Statuses come by"), _("How well it is known")),
        [
            (f"[{_plain(one.title)}]({one.slug}.md)", one.site, ", ".join(ways(one)), EVIDENCE[one.evidence])
            for one in sorted(integrations, key=lambda one: str(one.title).casefold())
        ],
    )


def _head(integration) -> Iterator[str]:
    yield _heading(1, _plain(integration.title))
    rows = [
        (_("Site"), integration.site),
        (_("Name in the hub"), _code(integration.slug)),
        (_("Statuses come by"), ", ".join(ways(integration))),
        (_("How well it is known"), EVIDENCE[integration.evidence]),
        (
            _("Check of the connection"),
            _("a button asks the network, without a lead") if integration.has_check() else "",
        ),
    ]
    yield _list(f"{name}: {value}" for name, value in rows if value)


def _asked_for(integration) -> Iterator[str]:
    yield _heading(2, _("What to ask the network for"))
    wanted = [capfirst(_wanted(value)) for value in integration.credentials().values()]
    wanted += [_("For each offer: %(what)s") % {"what": _wanted(one)} for one in integration.parameters().values()]
    if integration.needs_base_url:
        wanted.append(_("The address of its API: each partner has one of its own."))
    if _described(integration):
        wanted.append(
            _(
                "The document of its API: the address that takes leads, the fields, the answers and what each one means, "
                "the status words."
            )
        )
    if not _by_postback(integration) and not integration.polls():
        wanted.append(
            _("How statuses come back: the document of the method that returns them, or postbacks in your account.")
        )
    wanted.append(_("To let the IP address of your hub in, where the network takes leads from known addresses only."))
    yield _list(wanted)


def _wanted(value: Value) -> str:
    return _plain(f"{value.label}: {value.help}" if _named(value) else value.help)


def _named(value: Value) -> bool:
    """Whether the label is more than the help once again."""
    return value.label.casefold() != str(value.help).rstrip(".").casefold()


def _typed(integration) -> Iterator[str]:
    yield _heading(2, _("What to type where"))
    yield _heading(3, _("In the network"))
    yield _("Add a network in the hub's admin and choose the integration “%(title)s”.") % {"title": integration.title}
    rows = [_row(value) for value in integration.credentials().values()]
    yield _table((_("Field"), _("What it is"), _("Required")), [*rows, _address_row(integration)])
    if integration.parameters():
        yield _heading(3, _("In the offer, the flow or the geo"))
        yield _("A value may stand on any of the three; the most specific one wins: geo, then flow, then offer.")
        rows = [_row(value) for value in integration.parameters().values()]
        yield _table((_("Field"), _("What it is"), _("Required")), rows)


def _row(value: Value) -> tuple[str, str, str]:
    notes = [capfirst(str(value.help))]
    if value.choices:
        notes.append(_("One of: %(allowed)s.") % {"allowed": ", ".join(_code(key) for key, _label in value.choices)})
    if value.default:
        notes.append(_("When empty: %(default)s.") % {"default": _code(value.default)})
    if value.example:
        notes.append(_("For example: %(example)s") % {"example": _code(value.example)})
    if value.secret:
        notes.append(_("Kept encrypted, never shown again."))
    required = _("yes") if value.required and not value.default else _("no")
    name = f"{_plain(capfirst(value.label))} {_code(value.name)}" if _named(value) else _code(value.name)
    return name, _plain(" ".join(notes)), required


def _address_row(integration) -> tuple[str, str, str]:
    if integration.base_url:
        text = _("Leave empty for %(address)s") % {"address": _code(integration.base_url)}
        if integration.needs_base_url:
            text += "; " + _("type another one if the network gave it to you.")
        return _("Network's address"), text, _("no")
    if integration.needs_base_url:
        text = _("The address from the network: each partner has one of its own.")
        return _("Network's address"), text, _("yes")
    text = _("What {base_url} in the protocol description stands for; a description with a whole address needs none.")
    return _("Network's address"), text, _("no")


def _account(integration) -> Iterator[str]:
    yield _heading(2, _("What to set up in the account at the network"))
    if integration.instructions:
        yield _plain(integration.instructions)
    if integration.postback_fields:
        filled = postback_fields(integration, domain=_("<your hub>"), identity=_("<network>-<key>"))
        yield _table((_("Field"), _("Value")), [map(_plain, row) for row in filled])
    if integration.tails:
        yield _plain(integration.tails_intro)
        yield _table((_("Status in the network"), _("URL")), map(_url_row, postback_urls(integration, _start())))
    if integration.notes:
        yield _list(map(_plain, integration.notes))
    if _by_postback(integration):
        yield _(
            "The network's page in the hub's admin shows these values ready to copy, with your hub's address, the "
            "network's number and its key in place. The key is secret: give the address to nobody else."
        )
    elif integration.polls():
        yield _("Postbacks are not needed: the hub asks the network for statuses itself.")
    else:
        yield _(
            "If the account can send postbacks, let them call this address with the lead's oid and its status added:"
        )
        yield _code(join(_start(), "oid=…&status=…"))


def _start() -> str:
    hub, identity = _("<your hub>"), _("<network>-<key>")
    return f"https://{hub}{PATH}?id={identity}"


def _url_row(url) -> tuple[str, str]:
    return _plain(url.event), _code(url.url) if url.url else _("leave this slot empty")


def _statuses(integration) -> Iterator[str]:
    yield _heading(2, _("How statuses come"))
    if _by_postback(integration):
        yield _("By postback: the network calls the hub when a lead's status changes.")
    if integration.polls():
        batch = integration.poll_batch
        yield ngettext(
            "By status poll: the hub asks the network itself, %(count)d lead a request, often at first and more rarely "
            "as the lead grows older. Approved leads are asked for again, since an approval may be taken back.",
            "By status poll: the hub asks the network itself, up to %(count)d leads a request, often at first and more "
            "rarely as the lead grows older. Approved leads are asked for again, since an approval may be taken back.",
            batch,
        ) % {"count": batch}
    elif integration.described_poll:
        yield _(
            "A status poll is known in part, and nobody has confirmed it: it is off until you complete it from the "
            "network's document and confirm it in the protocol description. Known of it:"
        )
        yield _yaml({"poll": integration.described_poll})
    elif not _by_postback(integration):
        yield _(
            "No method that returns statuses is known. Set postbacks up if the account has them, or describe the status "
            "poll in the protocol description; until then a person sets the statuses of leads."
        )
    if integration.statuses:
        rows = [(_code(word), STATUSES[status]) for word, status in integration.statuses.items()]
        yield _table((_("Word of the network"), _("Status in the hub")), rows)
    else:
        yield _("The network's own status words are not known.")
    yield _(
        "In a postback other words are taken for what they plainly mean. A word that stays unknown changes no lead until "
        "you map it in the protocol description."
    )


def _wire(integration) -> Iterator[str]:
    yield _heading(2, _("What is known of the protocol"))
    yield f"**{capfirst(EVIDENCE[integration.evidence])}.** {MEANING[integration.evidence]}"
    if _described(integration):
        yield _(
            "How leads go to this network is typed in admin, in the protocol description, with a preview and a test "
            "before it is saved. Nothing is sent until then."
        )
        if integration.described_push:
            yield _("Known already, and there to start from:")
            yield _yaml({"push": integration.described_push})
    elif first := _first_request(integration):
        yield _shown(first)
    yield _heading(3, _("Sources and remarks, from the code"))
    for text in _remarks(integration):
        yield "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _first_request(integration) -> Request | None:
    """What leaves first, with placeholders for whatever is typed."""
    credentials, parameters = (
        {name: f"{{{name}}}" for name in declared} for declared in (integration.credentials(), integration.parameters())
    )
    built = integration(credentials, parameters, base_url=integration.base_url or "{base_url}")
    return conversation.push(built, _full_lead()).request


def _full_lead() -> Lead:
    """Every field filled, so that a request has all that may leave."""
    texts = {field.name: "x" for field in fields(Lead) if field.type is str}
    known = {"phone": "+40712345678", "country": "RO", "currency": "RON", "ip": "203.0.113.7", "language": "ro"}
    moment = datetime(2026, 3, 1, 10, tzinfo=UTC)
    return Lead(**texts | known, price=Decimal("159.00"), created_at=moment, sent_at=moment)


def _shown(request: Request) -> str:
    line = f"{request.method} {unquote(request.url)}"
    said = _("A lead leaves as %(request)s") if request.commits else _("Before the lead, the hub asks %(request)s")
    kind = FORMATS[request.format]
    said = said % {"request": f"{_code(line)} ({kind})" if kind else _code(line)}
    names = dict.fromkeys([*(name for name, _value in request.query), *_names(request.data)])
    sent = _("Fields that are sent: %(names)s.") % {"names": ", ".join(map(_code, names))}
    return f"{said}. {sent}"


def _names(data, prefix: str = "") -> Iterator[str]:
    """The dotted names of all values in the data of a request."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from _names(value, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(data, tuple):
        yield from (name for name, _value in data)
    elif isinstance(data, list):
        for value in data:
            yield from _names(value, f"{prefix}[]")
    elif prefix:
        yield prefix


def _remarks(integration) -> Iterator[str]:
    """The docstrings of the network's file and of its platform's."""
    modules = [integration.__module__]
    if not _described(integration):
        modules += [parent.__module__ for parent in integration.__mro__ if ".platforms." in parent.__module__]
    for name in dict.fromkeys(modules):
        yield (sys.modules[name].__doc__ or "").strip()


def _limits(integration) -> Iterator[str]:
    yield _heading(2, _("Limits and repeated leads"))
    rate = integration.requests_per_second
    lines = [
        _("Requests a second that the network takes: %(rate)s. The hub keeps to it.") % {"rate": f"{rate:g}"}
        if rate
        else _("No limit of requests is known. If the network names one, type it in the network's settings.")
    ]
    dedupes = integration.dedupes
    if dedupes is None:
        lines.append(
            _(
                "It is not known whether the network drops a second copy of a lead. When it stays unclear whether a lead "
                "arrived, the hub does not send it again by itself: a person decides."
            )
        )
    else:
        same = _("the same id of ours") if dedupes.by == "oid" else _("the same phone")
        said = _("The network drops a second lead with %(same)s") % {"same": same}
        if dedupes.within:
            said += " " + _("within %(time)s") % {"time": _time(dedupes.within)}
        lines.append(
            f"{said}. "
            + _("So the hub sends a lead again by itself when it stays unclear whether the first copy arrived.")
        )
    yield _list(lines)


def _time(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def _by_postback(integration) -> bool:
    return bool(integration.tails or integration.postback_fields)


def _described(integration) -> bool:
    return integration.described_push is not None


def _yaml(part: Mapping) -> str:
    return f"```yaml\n{description.dump(part)}```"


def _document(*parts: str) -> str:
    return "\n\n".join((GENERATED, *map(str, parts))) + "\n"


def _heading(level: int, text: str) -> str:
    return f"{'#' * level} {text}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = tuple(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def _plain(text) -> str:
    """Text that Markdown shows as it is; what stands in backticks already is."""
    return re.sub(r"`[^`]*`|[<*|]", lambda found: _ESCAPES.get(found[0], found[0]), str(text))


_ESCAPES = {"<": "&lt;", "*": "\\*", "|": "\\|"}
