"""Door: mail from other servers, by SMTP."""
