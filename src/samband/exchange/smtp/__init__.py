"""Door: mail arriving by SMTP."""
