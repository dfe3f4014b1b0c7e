"""Countries with flags and with names in the reader's language."""

from collections.abc import Iterable
from functools import cache
from importlib import resources

from django.templatetags.static import static
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from affiliate.models import countries


def names() -> dict[str, str]:
    """Code → name, ordered by name."""
    return countries.names(translation.get_language() or "en")


def name(code: str) -> str:
    return names().get(code, "")


def with_name(code: str) -> str:
    """`RO` → `RO · Romania`."""
    return f"{code} · {name(code)}" if name(code) else code


def flagged(code: str, text: str = "") -> SafeString:
    """The flag before `text`, or before the code with the name as its title."""
    picture = f"{code.lower()}.gif"
    if picture not in _pictures():
        return format_html("{}", text or code)
    flag = static(f"flags/{picture}")
    return format_html(
        '<span class="hub-country" title="{}"><img src="{}" alt="" width="16" height="11" loading="lazy"> {}</span>',
        name(code),
        flag,
        text or code,
    )


@cache
def _pictures() -> frozenset[str]:
    """Pictures, because Windows has no flags among its letters; some islands have none."""
    folder = resources.files("django_countries") / "static" / "flags"
    return frozenset(one.name for one in folder.iterdir())


def flags(codes: Iterable[str]) -> SafeString:
    return format_html_join(" ", "{}", ((flagged(code),) for code in codes))


def choices() -> list[tuple[str, str]]:
    return [("", _("Choose a country")), *((code, with_name(code)) for code in names())]


def unknown(codes: list[str]) -> list[str]:
    return [code for code in codes if code not in names()]
