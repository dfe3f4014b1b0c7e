"""Who may do what: one table, from which every `migrate` sets the rights of the groups, exactly."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ADMIN, MANAGER, OPERATOR, ANALYST = "admin", "manager", "operator", "analyst"
ROLES = {
    ADMIN: pgettext_lazy("role", "administrator"),
    MANAGER: pgettext_lazy("role", "manager"),
    OPERATOR: pgettext_lazy("role", "operator"),
    ANALYST: pgettext_lazy("role", "analyst"),
}
WORDS = {
    ADMIN: _("Everything, people and their rights included."),
    MANAGER: _("Sets up networks, offers, flows and sources. Stored secrets are shown to nobody."),
    OPERATOR: _("Works with leads and journals: sends again, decides unclear ones. Changes no settings."),
    ANALYST: _("Reads leads without phones and names, statistics and settings. Changes nothing."),
}
VERBS = {"v": "view", "a": "add", "c": "change", "d": "delete"}
ALL = "".join(VERBS)
# For each model what a manager, an operator and an analyst may: v view, a add, c change, d delete. Administrators may all.
MODELS = {
    "affiliate.alert": ("v", "v", ""),
    "affiliate.alertchannel": (ALL, "v", ""),
    "affiliate.alertmute": (ALL, ALL, ""),
    "affiliate.attempt": ("v", "v", "v"),
    "affiliate.ban": (ALL, ALL, ""),
    "affiliate.changedhours": ("", "", ""),
    "affiliate.connectioncheck": ("v", "v", "v"),
    "affiliate.daycount": ("", "", ""),
    "affiliate.failedsignin": ("", "", ""),
    "affiliate.flow": (ALL, "v", "v"),
    "affiliate.geo": (ALL, "v", "v"),
    "affiliate.heartbeat": ("", "", ""),
    "affiliate.hourcount": ("", "", ""),
    "affiliate.importpart": ("", "", ""),
    "affiliate.incident": ("v", "v", "v"),
    "affiliate.lead": ("vac", "vac", "v"),
    "affiliate.leadchange": ("", "", ""),
    "affiliate.leadimport": ("vac", "vac", ""),
    "affiliate.leadlook": ("", "", ""),
    "affiliate.network": (ALL, "v", "v"),
    "affiliate.networkstate": ("v", "v", "v"),
    "affiliate.nottaken": ("v", "v", "v"),
    "affiliate.offer": (ALL, "v", "v"),
    "affiliate.postback": ("vc", "vc", "v"),
    "affiliate.report": ("vc", "vc", "v"),
    "affiliate.reportaddress": (ALL, "v", "v"),
    "affiliate.reporthost": ("", "", ""),
    "affiliate.rowerror": ("", "", ""),
    "affiliate.sandboxaccount": ("vc", "", ""),
    "affiliate.sandboxorder": ("v", "v", ""),
    "affiliate.secondfactor": ("", "", ""),
    "affiliate.seenwords": ("", "", ""),
    "affiliate.settingchange": ("v", "", ""),
    "affiliate.source": (ALL, "v", "v"),
    "affiliate.sourcekey": (ALL, "v", ""),
    "affiliate.statuschange": ("v", "v", "v"),
    "affiliate.statuspoll": ("v", "v", "v"),
    "affiliate.statusword": ("vc", "v", "v"),
    "affiliate.wordchange": ("", "", ""),
    "auth.group": ("", "", ""),
    "auth.user": ("", "", ""),
    "django_celery_beat.periodictask": ("v", "", ""),
}
# Rights that no verb says, by `app.code`.
OTHERS = {"affiliate.view_personal_data": (True, True, False)}


def name_of(group: str) -> str:
    """Of the hub's own groups in the reader's language, of others as it was typed."""
    return str(ROLES.get(group, group))


def rights(role: str) -> set[str]:
    """As `app.code`: `affiliate.view_lead`."""
    if role == ADMIN:
        return {code for label in MODELS for code in _codes(label, ALL)} | set(OTHERS)
    place = (MANAGER, OPERATOR, ANALYST).index(role)
    granted = {code for label, verbs in MODELS.items() for code in _codes(label, verbs[place])}
    return granted | {code for code, having in OTHERS.items() if having[place]}


def _codes(label: str, verbs: str) -> list[str]:
    app, model = label.split(".")
    return [f"{app}.{VERBS[verb]}_{model}" for verb in verbs]


@transaction.atomic
def set_groups(**kwargs) -> None:
    """After each migrate: the groups exist and have these rights, no more and no fewer."""
    known = {
        f"{app}.{code}": pk
        for pk, app, code in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    groups = {name: Group.objects.get_or_create(name=name)[0].pk for name in ROLES}
    through = Group.permissions.through
    present = set(through.objects.filter(group__in=groups.values()).values_list("group_id", "permission_id"))
    wanted = {(pk, known[code]) for role, pk in groups.items() for code in rights(role)}
    for group, permission in present - wanted:
        through.objects.filter(group_id=group, permission_id=permission).delete()
    through.objects.bulk_create(through(group_id=group, permission_id=one) for group, one in wanted - present)
