"""One module a feature of the article: a client of the other side's protocol."""
