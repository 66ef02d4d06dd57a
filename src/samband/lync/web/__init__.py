"""Door: web tickets, certificate provisioning, discovery."""
