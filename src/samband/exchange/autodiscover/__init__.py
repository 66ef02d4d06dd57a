"""Door: Autodiscover."""
