from django.urls import re_path

from affiliate.postbacks import views

# The reference serves its functions with and without /api, and `sale` is the old name of `comp`.
urlpatterns = [
    re_path(r"^(?:api/)?(?:sale|comp)/status\.(?P<extension>json|xml|text)$", views.status, name="postback"),
]
