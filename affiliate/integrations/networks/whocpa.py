"""WhoCPA, https://whocpa.asia. A form with the key in the body; statuses by the list API on the site's own host.

Sources: https://whocpa.asia/apidocs/pub/reference/lead/list (filters that take lists, fields, codes of statuses),
https://whocpa.asia/apidocs/pub/overview/about/, a PHP client of lead/add, a landing page on the older host (`status`,
`order_id`), Keitaro's template (the postback's words). Our id goes as the click id and as sub1; the list is asked by the
latter, because `order_id` may be missing. How the list wants several values is our reading of `array(string)`.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Asked, Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Refused
from affiliate.vocabulary import Evidence, Status

SITE = "https://whocpa.asia"


class WhoCPA(Integration):
    slug, title, site = "whocpa", "WhoCPA", "https://whocpa.asia"
    evidence = Evidence.DOCUMENTED
    base_url = "https://api2.whocpa.asia"
    poll_batch = 50
    polls_by_oid = True
    nobody = "0"

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    whocpa = Parameter(texts.OFFER_ID)
    statuses = {
        "0": Status.WAIT,
        "1": Status.APPROVE,
        "2": Status.CANCEL,
        "3": Status.TRASH,
        "4": Status.CANCEL,
        "pending": Status.WAIT,
        "approved": Status.APPROVE,
        "rejected": Status.CANCEL,
        "spam": Status.TRASH,
    }

    def push(self, lead):
        answer = yield Request.form(
            self.url("/lead/add"),
            {
                "api_key": self.api,
                "aff_id": self.user,
                "offer_id": self.whocpa,
                "name": lead.name,
                "phone": lead.phone,
                "click_id": lead.oid,
                "ip": lead.ip,
                "sub1": lead.oid,
                **filled({name: getattr(lead, name) for name in ("sub2", "sub3", "sub4", "sub5")}),
                **filled({"comment": lead.comment}),
            },
        )
        verdict = answer.json.text("status")
        if answer.ok and verdict == "accepted":
            return Accepted(answer.json.text("order_id"))
        if verdict not in ("", "accepted") and (answer.ok or answer.status in (400, 409, 422)):
            return Refused(answer.excerpt)
        return self.unexpected(answer)

    def poll(self, leads):
        asked = Asked(leads)
        answer = yield Request.get(
            self.url("/api/lead", host=SITE),
            {"api_key": self.api, "subid1[]": [lead.oid for lead in leads], "per_page": len(leads)},
            commits=False,
        )
        rows = answer.json.items("objects")
        if not answer.ok or rows is None:
            return self.unexpected(answer)
        for row in rows:
            found = asked.find(oid=row.text("subid1")) or asked.find(oid=row.text("sale_id"), eid=row.text("id"))
            if found:
                yield self.report(found, row.text("status"), comment=row.text("substatus"), payout=row.text("money"))
        return None
