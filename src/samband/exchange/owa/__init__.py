"""OWA: the web client's pages and the interface they speak to."""
