"""The mailbox side."""
