"""Pages that belong to no model. They stand before the admin's own addresses."""

from django.contrib import admin
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from affiliate.admin import second_factor


def _signed_in(view):
    return never_cache(sensitive_post_parameters("code")(admin.site.admin_view(view)))


urlpatterns = [
    path("second-factor/", _signed_in(second_factor.ask), name="second_factor"),
    path("account/", _signed_in(second_factor.account), name="account"),
    path("account/second-factor/", _signed_in(second_factor.set_up), name="second_factor_setup"),
    path("account/second-factor/codes/", _signed_in(second_factor.new_codes), name="second_factor_codes"),
    path("account/second-factor/off/", _signed_in(second_factor.turn_off), name="second_factor_off"),
]
