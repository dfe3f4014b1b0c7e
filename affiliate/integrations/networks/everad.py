"""Everad, https://everad.com. A form to the tracker; statuses by postback. The wire is in `platforms/everad.py`.

Sources: Everad/cpa-everad-book (dashboard API), the network's standard order.php, BeMob's page on Everad. The book's list of
conversions needs an account's login and password, which a network's settings do not hold: statuses come by postback only.
"""

from affiliate.integrations import texts
from affiliate.integrations.fields import Parameter
from affiliate.integrations.platforms.everad import Tracker
from affiliate.vocabulary import Evidence, Status


class Everad(Tracker):
    slug, title, site = "everad", "Everad", "https://everad.com"
    evidence = Evidence.DOCUMENTED
    base_url = "https://tracker.everad.com"

    everad = Parameter(texts.FLOW_ID)
    statuses = Tracker.statuses | {"new": Status.WAIT}

    @property
    def campaign(self):
        return self.everad

    def extra(self, lead):
        return {"address": lead.address, "comment": lead.comment, "utm_content": lead.utm_content}
