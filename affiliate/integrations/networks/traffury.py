"""Traffury, https://traffury.in. A LeadVertex form, whose wire is in `platforms/leadvertex.py`; statuses by postback.

Sources: a PHP client of Traffury (it puts its click id in utm_campaign), Keitaro's template (the postback's macros and
words). The network's present API (tracker.traffury.in) was not seen: the form has no place for the flow's id, so `tfuf` is
asked for and not sent, and the account's address has to be typed. Duplicate as a cancel is our choice.
"""

from affiliate.integrations import texts
from affiliate.integrations.fields import Parameter, Tail
from affiliate.integrations.platforms.leadvertex import WebmasterForm
from affiliate.vocabulary import Evidence, Status


class Traffury(WebmasterForm):
    slug, title, site = "traffury", "Traffury", "https://traffury.in"
    evidence = Evidence.FAMILY

    tfuo = Parameter(texts.OFFER_ID)
    tfuf = Parameter(texts.FLOW_ID)
    tails = [Tail(texts.GLOBAL, "&oid={lead.Sub1}&status={lead.Status}&stw=hold")]
    statuses = {
        "Pending": Status.WAIT,
        "Hold": Status.WAIT,
        "Approved": Status.APPROVE,
        "Cancel": Status.CANCEL,
        "Spam": Status.TRASH,
        "Duplicate": Status.CANCEL,
    }

    @property
    def good(self):
        return self.tfuo
