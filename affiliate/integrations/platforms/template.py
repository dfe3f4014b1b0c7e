"""Networks that are spoken to by a description typed in admin, see `description/`: no code, nothing is evaluated.

`Described` is the base of networks whose lead API is not published; `Template` takes any other HTTP network.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations.base import Integration
from affiliate.integrations.description import answers, parts
from affiliate.integrations.description.building import build
from affiliate.integrations.description.scopes import push_scope
from affiliate.integrations.description.validation import first_problem, no_address
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.outcomes import Misconfigured

DESCRIBE = _("Describe the protocol in the network's settings: its address, fields and the rules of its answers.")


class Described(Integration):
    """Nothing is sent before the protocol is described. `described_push` is what is known of it, to start from."""

    described_push = {}

    def cannot_push(self) -> str:
        """Why the description cannot be spoken by; "" when it can."""
        part = parts.merged(self.description, self, "push")
        if not part or part.get("confirmed") is False:
            return str(DESCRIBE)
        return first_problem(self, "push")

    def push(self, lead):
        if problem := self.cannot_push():
            return Misconfigured(problem)
        part = parts.merged(self.description, self, "push")
        request = build(part, push_scope(self, part, lead))
        if request is None:
            return Misconfigured(no_address())
        answer = yield request
        return answers.verdict(part, answer, self)


class Template(Described):
    slug, title = "template", _("Any other network, by description")

    api = Credential(_("sent where the description says {api}."), required=False)
    user = Credential(_("sent where the description says {user}."), required=False)
    owner = Credential(_("sent where the description says {owner}."), required=False)
    key = Credential(_("sent where the description says {key}."), required=False)
    secret = Credential(_("sent where the description says {secret}."), required=False)
    flow = Credential(_("sent where the description says {flow}."), required=False)

    # The slot of credentials named `flow` has the shorter name.
    offer_id = Parameter(
        _("what {offer_id} in the description stands for."), label=_("offer ID in the network"), required=False
    )
    flow_id = Parameter(
        _("what {flow_id} in the description stands for."), label=_("flow ID in the network"), required=False
    )
