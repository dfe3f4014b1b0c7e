"""IKON, https://cpaikon.com. The network's earlier API: a form with the key and the flow's hash; statuses by postback.

Sources: the partner file of a PHP lander and a browser lander (the fields), a tracker's template. Two generations exist: of
the newer one (user, token and offer id; macros {aff_sub1} and {message}) no push client was found. Which mark of success
the earlier one gives is not known either: these are the marks that the lander takes.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted
from affiliate.vocabulary import Evidence, Status


class IKON(Integration):
    slug, title, site = "ikon", "IKON", "https://cpaikon.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://ls.cpaikon.net"

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    ikon = Parameter(texts.OFFER_ID)
    tails = [
        Tail("Approve", "&oid={aff_sub1}&status=approve&comment={message}"),
        Tail("Trash", "&oid={aff_sub1}&status=trash&comment={message}"),
        Tail("Cancel", "&oid={aff_sub1}&status=cancel&comment={message}"),
        Tail("Duplicate", "&oid={aff_sub1}&status=cancel&reason=7&comment={message}"),
    ]
    notes = [
        _(
            "The hub speaks the network's earlier API, which takes the flow's hash in place of the offer ID. Ask your account "
            "manager which of the two you have."
        )
    ]
    statuses = {
        "create": Status.WAIT,
        "approve": Status.APPROVE,
        "approved": Status.APPROVE,
        "cancel": Status.CANCEL,
        "duplicate": Status.CANCEL,
        "trash": Status.TRASH,
    }

    def push(self, lead):
        answer = yield Request.form(
            self.url("/v2/external/lead/accept"),
            {
                "api_key": self.api,
                "name": lead.name,
                "phone": lead.phone,
                "flow_hash": self.ikon,
                "geo": lead.country.lower(),
                "sub1": lead.oid,
                **filled({"ip": lead.ip, "sub2": lead.sub2, "sub3": lead.sub3, "sub4": lead.sub4}),
            },
        )
        eid = answer.json.text("id")
        said = {answer.json.text(name).lower() for name in ("status", "success", "code")} - {""}
        agreed = said & {"success", "ok", "true"} or (eid and not said)
        if answer.ok and agreed and "false" not in said and not answer.json.has("error"):
            return Accepted(eid)
        return self.unexpected(answer)
