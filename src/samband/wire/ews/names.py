"""The namespaces of Exchange Web Services and how an answer declares them [MS-OXWSCDATA]."""

TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"

T = "{" + TYPES + "}"
M = "{" + MESSAGES + "}"

DECLARED = f'xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"'
"""What the outermost element of every answer's body declares: ``m`` and ``t`` are free to use inside."""
