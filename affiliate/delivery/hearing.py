"""How a conversation gets its answers, whatever the integration makes of them."""

import logging

from affiliate.integrations.conversation import Conversation
from affiliate.integrations.messages import Answer
from affiliate.integrations.outcomes import Unclear

log = logging.getLogger(__name__)


def hear(talk: Conversation, answer: Answer, *, integration: str) -> None:
    """Go on with the answer. A bug of the integration must not cost a lead: nobody knows what the answer meant then."""
    try:
        talk.answer(answer)
    except Exception:
        log.exception("%s cannot read an answer", integration)
        talk.end(Unclear("the integration could not read the answer"))
