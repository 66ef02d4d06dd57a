"""SIP messages, byte streams, transactions, dialogs, signatures."""
