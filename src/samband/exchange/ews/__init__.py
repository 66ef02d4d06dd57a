"""Door: Exchange Web Services."""
