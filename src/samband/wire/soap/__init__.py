"""SOAP 1.1 envelopes, headers and faults."""
