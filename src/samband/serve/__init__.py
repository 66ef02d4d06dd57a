"""Puts the rooms together: the one place that knows them all."""

from samband.serve.administration import administer
from samband.serve.site import Served, serve_site
from samband.serve.trust import introduce

__all__ = ["Served", "administer", "introduce", "serve_site"]
