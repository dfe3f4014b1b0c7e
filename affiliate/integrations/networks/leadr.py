"""Lead-R, https://lead-r.ru. Order form with the account's key and id; no status method or postback is known.

Sources: three clients of one endpoint. The verdict is a code inside a 200; the answer holds no id that anyone reads. The
host is a shop of the network's that may change: the network's address in the hub beats the one here.
"""

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate
from affiliate.vocabulary import Evidence


class LeadR(Integration):
    slug, title, site = "leadr", "Lead-R", "https://lead-r.ru"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://bestshop-product.ru"

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    leadr = Parameter(texts.OFFER_ID)

    def push(self, lead):
        answer = yield Request.form(
            self.url("/order/api.php"),
            {
                "api_key": self.api,
                "user_id": self.user,
                "flow_id": self.leadr,
                "geo": lead.country,
                "ip": lead.ip,
                "name": lead.name,
                "phone": lead.phone,
                "data1": lead.oid,
                **filled({"data2": lead.sub2, "data3": lead.sub3, "data4": lead.sub4}),
                **filled({"other": lead.comment, "count": lead.quantity}),
            },
        )
        code = answer.json.integer("status_code") if answer.ok else None
        if code == 200:
            return Accepted()
        if code == 409:
            return Duplicate()
        return self.unexpected(answer)
