"""People, their addresses and their homes."""
