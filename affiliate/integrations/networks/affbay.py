"""AffbayAsia, https://affbay.asia. API 2.0 on efirstpanel.com: JSON, the token among the fields; statuses by postback.

Sources: https://affbay.asia/documentation and its page on postbacks (the beginnings), the official PHP wrapper
(github.com/SzymonDukla/Affbay-API-Wrapper: an `id` is acceptance, else `status` is the error), the network's text on API 1.0
with every answer (github.com/ernestbrennan/affninja-backend), two landers of API 2.0. The HTTP codes of refusals are not stated.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Refused
from affiliate.integrations.postback_urls import PATH
from affiliate.vocabulary import Evidence, Status

SETTINGS = ("token missing", "client not found, token mismatch", "invalid product name")


class Affbay(Integration):
    slug, title, site = "affbay", "AffbayAsia", "https://affbay.asia"
    evidence = Evidence.DOCUMENTED
    base_url = "https://efirstpanel.com"

    api = Credential(texts.TOKEN)
    affbay = Parameter(texts.OFFER_ID)
    instructions = _(
        "This network does not take a postback as a plain URL, so all its values have to be set one by one: "
        "Additional parameters:"
    )
    # {domain} is the panel's host, {id} the network's id and postback key: the page that shows the fields fills them in.
    postback_fields = [
        (_("Protocol"), "HTTPS"),
        (_("Domain"), "{domain}"),
        (_("Path"), PATH),
        ("id", _("static: {id}")),
        ("oid", _("Click ID (from their list)")),
        (
            "status",
            _(
                "static: accept in the postback of accepted orders, cancel in that of refused ones, trash in that of trash"
            ),
        ),
        ("comment", _("Comment (from their list)")),
    ]
    statuses = {"accept": Status.APPROVE, "cancel": Status.CANCEL, "trash": Status.TRASH}

    def push(self, lead):
        person = {"email": lead.email, "pub_id": lead.sub1, "ext_price": lead.price}
        page = {"lp_url": lead.landing_url, "base_url": lead.landing_url}
        answer = yield Request.json(
            self.url("/api/make/contact"),
            {
                "token": self.api,
                "product": self.affbay,
                "first_name": lead.name,
                "phone": lead.phone_digits,
                "click_id": lead.oid,
                **filled(person | page),
            },
        )
        eid, word = answer.json.text("id"), answer.json.text("status")
        if eid and answer.status < 500:
            return Accepted(eid)
        if word.lower() == "double phone":
            return Duplicate(reason=word, status=Status.TRASH)
        if word.lower() == "invalid phone format":
            return Refused(word, Status.TRASH)
        if word.lower() in SETTINGS:
            return Misconfigured(word)
        # "contact: … created" without an id is no refusal.
        if word and not word.startswith("contact:") and answer.status in (200, 400, 409, 422):
            return Refused(word)
        return self.unexpected(answer)
