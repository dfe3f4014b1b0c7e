"""INB (Order API), https://inb.bio: the lead API is not published; statuses by postback.

Source: AlterCPA's list of networks; the event `Processing` as with the sister API, see `inb_failsafe.py`.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.platforms.template import Described
from affiliate.vocabulary import Evidence, Status


class InbOrder(Described):
    slug, title, site = "inb_order", "INB (Order API)", "https://inb.bio"
    evidence = Evidence.UNKNOWN

    api = Credential(texts.BEARER_TOKEN)
    owner = Credential(_("partner ID from your account."))
    inb = Parameter(texts.OFFER_ID)
    tails_intro = texts.ADD_EVENT_POSTBACK
    tails = [Tail(texts.GLOBAL, "&oid={source_id}&status={event_name}&stw=Processing")]
    statuses = {"Processing": Status.WAIT}
