"""The communications side."""
