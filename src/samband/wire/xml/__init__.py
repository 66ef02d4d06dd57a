"""Safe reading of untrusted XML, namespaces, text that may go on the wire."""
