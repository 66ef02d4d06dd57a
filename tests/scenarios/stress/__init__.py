"""Several clients that do anything to one mailbox, each of which must know at the end what is in it."""
