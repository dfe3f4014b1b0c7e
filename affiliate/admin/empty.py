"""What a list says while it has no rows, and where the next step is made."""

from dataclasses import dataclass

from django.apps import apps
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Empty:
    """`model` is the one whose list is the next step; "" where there is none but waiting or the list's own button."""

    title: str
    words: str
    model: str = ""


LISTS = {
    "affiliate.alert": Empty(
        _("No alert was sent yet"), _("A channel's page has a button that sends a test."), "affiliate.alertchannel"
    ),
    "affiliate.alertchannel": Empty(
        _("Nobody is told of trouble yet"), _("A channel sends alerts to Telegram, by mail or to a program of yours.")
    ),
    "affiliate.alertmute": Empty(
        _("Nothing is muted"), _("Trouble that you know of is muted from the list of incidents."), "affiliate.incident"
    ),
    "affiliate.attempt": Empty(
        _("Nothing was sent yet"),
        _("Each try to send a lead stands here with its request and its answer. A flow's page sends a test lead."),
        "affiliate.flow",
    ),
    "affiliate.ban": Empty(
        _("The black list is empty"), _("Leads with a phone or from an address that stands here are not taken.")
    ),
    "affiliate.failedsignin": Empty(
        _("No sign-in has failed"), _("A login that fails often is locked for a while; here it can be opened at once.")
    ),
    "affiliate.flow": Empty(
        _("There is no flow yet"), _("A flow takes an offer's leads to a network, with what that network asks for.")
    ),
    "affiliate.incident": Empty(
        _("Nothing has gone wrong yet"),
        _("Trouble with networks, leads and reports stands here. Channels tell you of it."),
        "affiliate.alertchannel",
    ),
    "affiliate.lead": Empty(
        _("No lead has come yet"),
        _("A source's page has ready code for its landing page; leads also come in from a file."),
        "affiliate.source",
    ),
    "affiliate.leadimport": Empty(
        _("No file was uploaded yet"), _("Every row of a CSV or XLSX file is checked before any of it is taken in.")
    ),
    "affiliate.leadlook": Empty(
        _("Nobody has seen a person's data yet"), _("Who sees leads with their phones and names is kept here.")
    ),
    "affiliate.network": Empty(
        _("There is no network yet"), _("Choose one from the list, or describe the protocol of any other.")
    ),
    "affiliate.nottaken": Empty(
        _("Every lead was taken"), _("Leads with mistakes are counted here by their reasons, and their sources were told.")
    ),
    "affiliate.offer": Empty(_("There is no offer yet"), _("An offer is what is sold; its flows take its leads to networks.")),
    "affiliate.postback": Empty(
        _("No network has called yet"),
        _("Copy the postback addresses from a network's page into its account; the page can call them as a test."),
        "affiliate.network",
    ),
    "affiliate.report": Empty(
        _("No source was told anything yet"),
        _("An address says where a source wants to be told what becomes of its leads."),
        "affiliate.reportaddress",
    ),
    "affiliate.reportaddress": Empty(
        _("No source wants to be told yet"), _("Trackers are told by an address with macros, programs by a signed webhook.")
    ),
    "affiliate.settingchange": Empty(
        _("No setting was changed yet"), _("Who changed what, from which value to which, is kept here.")
    ),
    "affiliate.source": Empty(_("There is no source yet"), _("A source sends leads with a key of its own: a landing page, a team, a partner.")),
    "affiliate.statuspoll": Empty(
        _("No network was asked yet"),
        _("Networks that tell statuses when they are asked are asked by themselves once they have leads."),
        "affiliate.network",
    ),
}  # fmt: skip


def of(label: str, user) -> dict | None:
    """For the template of empty lists; None where nothing is to be said but that it is empty."""
    found = LISTS.get(label)
    if found is None:
        return None
    shown = {"title": found.title, "words": found.words}
    if found.model and user.has_perm(f"{found.model.replace('.', '.view_')}"):
        options = apps.get_model(found.model)._meta
        url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
        shown["next"] = {"url": url, "title": capfirst(str(options.verbose_name_plural))}
    return shown
