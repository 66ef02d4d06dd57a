"""Internet messages in and out."""
