"""The client's end of EWS: what the integration asks, and how it reads the answers."""
