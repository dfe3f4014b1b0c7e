"""Texts that several networks' declarations share; the Russian is the customer's own."""

from django.utils.translation import gettext_lazy as _

TOKEN = _("token from your account.")
BEARER_TOKEN = _("bearer token from your account.")
USER_ID = _("user ID.")
OFFER_ID = _("offer ID.")
FLOW_ID = _("flow ID.")
FLOW_HASH = _("flow ID (hash).")
SITE_ID = _("site ID.")

FLOW_WITH_ID = _("A flow has to be created for each offer. Take the flow's ID from its settings.")
FLOW_WITH_HASH = _("A flow has to be created for each offer. Take the flow's hash from its settings.")
ADD_POSTBACKS = _('Add postbacks for these statuses with these "tails":')
ADD_EVENT_POSTBACK = _('Add a postback of the type Event for the following status with this "tail":')

GLOBAL = _("Global")
