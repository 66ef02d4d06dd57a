"""The shapes of server-to-server OAuth: tokens, key documents, challenges. Signing and trusting are elsewhere."""
