"""Puts the rooms together: the one place that knows them all."""

from samband.serve.site import Served, serve_site
from samband.serve.trust import start_trust

__all__ = ["Served", "serve_site", "start_trust"]
