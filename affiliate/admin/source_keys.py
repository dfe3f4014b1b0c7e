"""Keys of a source: issued, shown once, replaced with an overlap, ended."""

import json
from datetime import timedelta

from django import forms
from django.conf import settings
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from affiliate.admin import looks
from affiliate.intake import keys
from affiliate.models import Offer, Source, SourceKey

EXAMPLE_OFFER = 1
RIGHTS = ("can_send", "can_read", "can_list_offers")


class KeyForm(forms.ModelForm):
    class Meta:
        model = SourceKey
        fields = ("name", *RIGHTS)
        widgets = {"name": UnfoldAdminTextInputWidget(), **{name: UnfoldBooleanSwitchWidget() for name in RIGHTS}}

    def clean(self):
        cleaned = super().clean()
        if not any(cleaned.get(name) for name in RIGHTS):
            raise forms.ValidationError(_("A key that may do nothing is of no use: choose what it may do."))
        return cleaned


class OverlapForm(forms.Form):
    """How long the replaced key is still good."""

    hours = forms.TypedChoiceField(
        label=_("The old key works for another"),
        coerce=int,
        choices=[(24, _("day")), (24 * 7, _("week")), (1, _("hour")), (0, _("no time: it ends at once"))],
        widget=UnfoldAdminSelectWidget(),
    )


class SourceKeys:
    """Adds to the sources' admin: pages of its keys."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:number>/key/", view(self.new_key_view), name="affiliate_source_key"),
            path("<int:number>/form-key/", view(self.form_key_view), name="affiliate_source_form_key"),
            path("<int:number>/key/<int:key>/replace/", view(self.replace_view), name="affiliate_source_replace_key"),
            path("<int:number>/key/<int:key>/end/", view(self.end_view), name="affiliate_source_end_key"),
            *super().get_urls(),
        ]

    def new_key_view(self, request, number):
        source = self.changeable(request, number)
        if source is None:
            return self.not_found(request)
        form = KeyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self.show_key(request, source, source.issue_key(**form.cleaned_data))
        explanation = _("It works beside the keys there are. It is shown once.")
        return self._ask(request, source, _("Issue a new key"), explanation, form)

    def form_key_view(self, request, number):
        source = self.changeable(request, number)
        if source is None:
            return self.not_found(request)
        if request.method == "POST":
            source.form_key()
            return self.back_to(request, source, _("The form key is below."))
        explanation = _(
            "A form key stands in the page's source, where everybody can read it. It only sends leads, only from pages of "
            "the source's sites, and each browser may send a few a minute."
        )
        return self._ask(request, source, _("Make a form key"), explanation)

    def replace_view(self, request, number, key):
        source, old = self._key(request, number, key)
        if old is None:
            return self.not_found(request)
        form = OverlapForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            until = timezone.now() + timedelta(hours=form.cleaned_data["hours"])
            return self.show_key(request, source, keys.rotate(old, until=until))
        explanation = _(
            "The new key may do what the old one may. Give it to whoever sends leads before the old one ends."
        )
        return self._ask(request, source, _("Replace the key …%(end)s") % {"end": old.hint}, explanation, form)

    def end_view(self, request, number, key):
        source, old = self._key(request, number, key)
        if old is None:
            return self.not_found(request)
        if request.method == "POST":
            keys.end(old)
            return self.back_to(request, source, _("The key has ended."))
        explanation = _("Whoever still sends leads with it is refused from then on. This cannot be undone.")
        return self._ask(request, source, _("End the key …%(end)s") % {"end": old.hint}, explanation)

    def show_key(self, request, source, key):
        """The key goes into this answer and nowhere else: no session, no URL, no message keeps it."""
        offer = Offer.objects.filter(enabled=True).order_by("pk").values_list("pk", flat=True).first()
        context = {
            "source": source,
            "object": source,
            "key": key,
            "has_offer": offer is not None,
            "curl": curl(key, offer or EXAMPLE_OFFER),
        }
        return self.page(request, "admin/affiliate/source/key.html", title=_("The key of the source"), **context)

    def _key(self, request, number, key):
        source = self.changeable(request, number)
        return source, source and source.keys.filter(pk=key, form=False).first()

    def _ask(self, request, source, title, explanation, form=None):
        template, back = "admin/hub/ask.html", self.url("change", source.pk)
        context = {"object": source, "explanation": explanation, "form": form, "back": back}
        return self.page(request, template, title=title, **context)


def lines(source: Source) -> list[dict]:
    """The keys for the source's page, the newest first."""
    now = timezone.now()
    return [
        {"row": key, "may": _rights(key), "state": _state(key, now), "good": is_good(key, now)}
        for key in source.keys.all()
    ]


def is_good(key: SourceKey, now) -> bool:
    return key.enabled and not (key.valid_until and key.valid_until <= now)


def _state(key: SourceKey, now):
    if not is_good(key, now):
        return looks.badge(_("ended"), looks.PLAIN)
    if key.valid_until:
        return looks.badge(_("being replaced"), looks.CARE)
    return looks.badge(_("in use"), looks.GOOD)


def _rights(key: SourceKey) -> str:
    words = {"can_send": _("send leads"), "can_read": _("read leads"), "can_list_offers": _("list offers")}
    return ", ".join(str(word) for name, word in words.items() if getattr(key, name))


def curl(key: str, offer: int) -> str:
    lead = json.dumps({"offer": offer, "name": "Ion Popescu", "phone": "+40712345678", "country": "RO"})
    lines = [
        f"curl -X POST {settings.SITE_URL}/api/leads",
        "--connect-timeout 10 --max-time 35 --retry 3",
        f'-H "Authorization: Bearer {key}"',
        '-H "Content-Type: application/json"',
        # A retry must make no second lead, however late it comes.
        '-H "Idempotency-Key: order-1"',
        f"-d '{lead}'",
    ]
    return " \\\n  ".join(lines)
