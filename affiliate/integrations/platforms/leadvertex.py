"""LeadVertex, the CRM whose owners give webmasters an account: orders in by a form, statuses by lists of its order ids.

Sources: a CRM's client of the webmaster API (push, poll, what a status of null means, 50 ids a request) and landing pages
that post to addOrder.html (the fields, `goods`). A good answer is `{"OK": order id}`; other answers were not seen.
Our id goes as utm_campaign, where the clients of these networks carry their click id.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status

# What the webmaster's reward says where the order's own status is hidden: refused, in work, paid.
PAYMENTS = {"-1": Status.CANCEL, "0": Status.WAIT, "1": Status.APPROVE}


class WebmasterForm(Integration):
    """The push alone. Subclasses declare the offer's parameter and say in `good` what it holds."""

    good: str

    needs_base_url = True

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)

    @property
    def account(self) -> dict[str, str]:
        return {"webmasterID": self.user, "token": self.api}

    def push(self, lead):
        place = {"country": lead.country, "region": lead.region, "city": lead.city, "address": lead.address}
        answer = yield Request.form(
            self.url("/api/webmaster/v2/addOrder.html"),
            {
                "fio": lead.name,
                "phone": lead.phone,
                **filled({"ip": lead.ip}),
                "goods[0][goodID]": self.good,
                "goods[0][quantity]": 1,
                **filled({"goods[0][price]": lead.price}),
                **filled(place | {"email": lead.email, "domain": lead.landing_host, "comment": lead.comment}),
                **lead.utm,
                "utm_campaign": lead.oid,
            },
            query=self.account,
        )
        if answer.ok and answer.json.text("OK"):
            return Accepted(answer.json.text("OK"))
        if answer.json.has("error") and (answer.ok or answer.status in (400, 409, 422)):
            return Refused(answer.json.text("error") or answer.excerpt)
        return self.unexpected(answer)


class LeadVertex(WebmasterForm):
    slug, title, site = "leadvertex", "LeadVertex", "https://leadvertex.ru"
    evidence = Evidence.CLIENT_CODE
    poll_batch = 50

    lvgood = Parameter(_("ID of the product (goodID)."))
    statuses = {
        "spam": Status.TRASH,
        "return": Status.CANCEL,
        "canceled": Status.CANCEL,
        "accepted": Status.APPROVE,
        "paid": Status.APPROVE,
    }

    @property
    def good(self):
        return self.lvgood

    def poll(self, leads):
        asked = Asked(leads)
        if not asked.eids:
            return None
        answer = yield Request.get(
            self.url("/api/webmaster/v2/getOrdersByIds.html"),
            self.account | {"ids": ",".join(asked.eids)},
            commits=False,
        )
        rows = answer.json.entries()
        if not answer.ok or not rows or any(row.entries() is None for row in rows.values()):
            return self.unexpected(answer)
        for eid, row in rows.items():
            if lead := asked.find(eid=eid):
                word, payment = row.text("status"), row.text("payment.status")
                status = None if word else PAYMENTS.get(payment)
                yield self.report(
                    lead, word or f"payment {payment}".strip(), status=status, comment=row.text("fields.comment")
                )
        return None
