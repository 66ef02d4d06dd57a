"""Faults on demand, in a demo alone: what is to go wrong is said over HTTP, and everything else is served as ever."""

from samband.serve.faults.door import PATH, Faults

__all__ = ["PATH", "Faults"]
