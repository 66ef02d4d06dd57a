"""Exchange Autodiscover documents, POX and SOAP."""
