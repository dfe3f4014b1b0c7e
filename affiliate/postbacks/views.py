import logging
import re

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from affiliate.models.encryption import CannotDecrypt
from affiliate.postbacks import calls, journal
from affiliate.postbacks.answers import Word, answer

log = logging.getLogger(__name__)
# The reference serves its functions with and without /api, and `sale` is the old name of `comp`.
# People type addresses into networks' accounts: what is meant is answered, or statuses would be lost without a trace.
_ADDRESS = re.compile(r"/+(?:api/+)?(?:sale|comp)/+status(?:\.(json|xml|text))?/*", re.IGNORECASE)


def networks_first(get_response):
    """The middleware that answers networks before all that is for people: sessions, languages, the way to HTTPS.

    Networks that call by plain HTTP follow no redirects, and the rest took a third of a call's time.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        found = _ADDRESS.fullmatch(request.path_info)
        return status(request, (found[1] or "json").lower()) if found else get_response(request)

    return respond


@require_http_methods(["GET", "POST", "HEAD"])
def status(request: HttpRequest, extension: str) -> HttpResponse:
    """A network tells what became of a lead. 503 only when the call was not kept, so that the network repeats it."""
    try:
        word = journal.keep(calls.read(request))
    except (DatabaseError, CannotDecrypt):
        log.exception("a postback could not be kept")
        word = Word.DB
    return answer(word, extension)
