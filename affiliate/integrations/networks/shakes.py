"""Shakes, https://shakes.pro. A form, the key in the query; statuses by postback.

Sources: the network's PHP example with the rules of its fields (https://pastebin.com/Z0c1CHb6), PHP, Python and TypeScript
clients (Quiesss/forwarding_bot), Zlabst/cpatracker and Keitaro's template (the postback). Clients read a refusal's text
from `error`, `msg` or `response`; the zone of `createdAt` is not told, we send UTC.
"""

from datetime import UTC

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status


class Shakes(Integration):
    slug, title, site = "shakes", "Shakes", "https://shakes.pro"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://shakes.pro"

    api = Credential(texts.TOKEN)
    shakes = Parameter(texts.OFFER_ID)
    shakesurl = Parameter(_("link to the offer's landing page."))
    tails = [Tail(texts.GLOBAL, "&oid={sub1}&status={status}&stt=reject")]
    statuses = {
        "none": Status.WAIT,
        "confirm": Status.APPROVE,
        "approved": Status.APPROVE,
        "decline": Status.CANCEL,
        "reject": Status.TRASH,
    }

    def push(self, lead):
        answer = yield Request.form(
            self.url("/index.php"),
            {
                "offerId": self.shakes,
                "landingUrl": self.shakesurl,
                "countryCode": lead.country,
                "name": lead.name[:255],
                "phone": lead.phone,
                "ip": lead.ip,
                "createdAt": lead.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
                "userAgent": lead.user_agent or "-",
                "sub1": lead.oid,
                **filled({name: getattr(lead, name)[:128] for name in ("sub2", "sub3", "sub4")}),
                **filled({"referrer": lead.referer, "comment": lead.comment}),
            },
            query={"r": "/api/order/in", "key": self.api},
        )
        verdict = answer.json.text("status")
        if answer.ok and verdict == "ok":
            return Accepted(answer.json.text("orderId"))
        if verdict not in ("", "ok") and (answer.ok or answer.status in (400, 409, 422)):
            reasons = (answer.json.text(name) for name in ("error", "msg", "response"))
            return Refused(next(filter(None, reasons), answer.excerpt))
        return self.unexpected(answer)
