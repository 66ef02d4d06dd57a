"""Live probes over the real protocols, as the people themselves: what works, not what is set."""
