"""A mutation fuzzer over what strangers may send: SIP, and the XML of presence and conferences.

    .venv/bin/python -m tests.fuzz sip --minutes 10

What reaches a line of the readers that nothing before it reached joins ``corpus``; the suite plays the corpus, and a
few mutations of it.
"""
