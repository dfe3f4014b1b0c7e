"""LimonAD, https://limonad.com. Public API v3: JSON, the token in a header; statuses by postback.

Sources: https://docs.limonad.com/doc/public-api and https://docs.limonad.com/doc/en-postback, the network's PHP file for
landing pages, a bridge that reads the answers. The offer's id is the `API Offer ID`, a UUID. Postbacks carry the names that
the manager gave to the statuses.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class Limonad(Integration):
    slug, title, site = "limonad", "LimonAD", "https://limonad.com"
    evidence = Evidence.DOCUMENTED
    base_url = "https://sendmelead.com"
    requests_per_second = 1.6

    api = Credential(texts.TOKEN)
    limonad = Parameter(texts.OFFER_ID)
    tails = [Tail(texts.GLOBAL, "&oid={clickid}&status={status}")]
    notes = [
        _("Turn on in the global postback and set the names of the statuses:"),
        _("Status of confirmed leads: approve"),
        _("Status of payment: approve"),
        _("Status of rejected leads: cancel"),
        _("Status of trash leads: trash"),
    ]
    statuses = {
        "approve": Status.APPROVE,
        "cancel": Status.CANCEL,
        "trash": Status.TRASH,
        "new": Status.WAIT,
        "lead": Status.WAIT,
        "approved": Status.APPROVE,
        "confirmed": Status.APPROVE,
        "paid": Status.APPROVE,
        "payout": Status.APPROVE,
        "reject": Status.CANCEL,
        "rejected": Status.CANCEL,
    }

    def push(self, lead):
        answer = yield Request.json(
            self.url("/api/v3/lead/add"),
            {
                "offerId": self.limonad,
                "name": lead.name,
                "phone": lead.phone,
                "clickid": lead.oid,
                **filled({"ip": lead.ip, "domain": lead.landing_url, "email": lead.email, "cost": lead.price}),
                **lead.utm,
            },
            headers={"X-Token": self.api},
        )
        result, click = answer.json.text("result"), answer.json.text("localClickId")
        wrong = answer.json.at("error").value or answer.json.at("errors").value
        if answer.ok and result == "ok" and not wrong and click:
            return Accepted(click)
        refused = wrong or result not in ("", "ok")
        if refused and (answer.ok or answer.status in (400, 409, 422)):
            return Refused(answer.json.text("error") or answer.json.text("errors") or answer.excerpt)
        return self.unexpected(answer)
