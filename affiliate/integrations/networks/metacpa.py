"""MetaCPA, https://metacpa.ru. One GET, no credential: the flow id tells whose lead it is; statuses by postback.

Sources: landing pages' senders, one of which checks the answer, and a shop with MetaCPA among its partners. Of the answer
only `status` is read by anyone, so there is no id of theirs. An upsell's postback is another approval with its own payout.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class MetaCPA(Integration):
    slug, title, site = "metacpa", "MetaCPA", "https://metacpa.ru"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://metacpa.ru"

    meta = Parameter(texts.FLOW_ID)
    metageo = Parameter(_("geo ID."))
    instructions = _(
        "A flow has to be created for each offer. Take the flow's ID from its settings. In the special section take the ID of "
        "the country that your traffic will come from."
    )
    tails = [
        Tail(pgettext_lazy("event", "Approve"), "oid={sub1}&status=approve&pay={payout}&cc={currency}"),
        Tail(pgettext_lazy("event", "Upsell"), "oid={sub1}&status=approve&pay={payout}&cc={currency}"),
        Tail(pgettext_lazy("event", "Cancel"), "oid={sub1}&status=cancel"),
    ]
    statuses = {"approve": Status.APPROVE, "cancel": Status.CANCEL}

    def push(self, lead):
        answer = yield Request.get(
            self.url("/create"),
            {
                "flow_id": self.meta,
                "name": lead.name,
                "phone": lead.phone,
                "geo": self.metageo,
                "ip": lead.ip,
                "sub1": lead.oid,
                **filled({name: getattr(lead, name) for name in ("sub2", "sub3", "sub4", "sub5")}),
            },
        )
        verdict = answer.json.text("status")
        if answer.ok and verdict == "success":
            return Accepted()
        if verdict not in ("", "success") and (answer.ok or answer.status in (400, 409, 422)):
            return Refused(answer.excerpt)
        return self.unexpected(answer)
