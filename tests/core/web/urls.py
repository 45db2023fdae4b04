"""The house's addresses and the gallery of components."""

from django.urls import path

from config.urls import urlpatterns as house
from tests.core.web.gallery import gallery

urlpatterns = [path("gallery/", gallery), *house]
