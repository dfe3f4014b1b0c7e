"""What every request passes through."""

from affiliate.delivery.acting import acting


class ActingPerson:
    """Changes of settings are put down to who is signed in; nobody is looked up before something changes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with acting(request.user):
            return self.get_response(request)
