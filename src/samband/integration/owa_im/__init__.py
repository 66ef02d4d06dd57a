"""Instant messaging and presence of the web client: Exchange as a trusted application of Lync (step 5)."""
