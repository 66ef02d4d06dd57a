"""Sites, the six steps, the support matrix, findings."""
