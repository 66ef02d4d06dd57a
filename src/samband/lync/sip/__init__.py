"""Door: SIP."""
