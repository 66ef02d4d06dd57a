"""UCWA on the wire: resources, links and errors as JSON."""
