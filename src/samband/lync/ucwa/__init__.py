"""UCWA: the Lync side for programs that speak HTTP and JSON."""
