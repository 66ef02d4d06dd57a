"""Reads a vCard file with evolution-data-server's own parser: what it found, as JSON.

Run with Debian's own Python, which has PyGObject; nothing of this repository can be imported here.
"""

import json
import re
import sys
from pathlib import Path

import gi

gi.require_version("EBookContacts", "1.2")
from gi.repository import EBookContacts  # noqa: E402

text = Path(sys.argv[1]).read_bytes().decode()
found = []
for card in re.findall(r"BEGIN:VCARD\r\n.*?END:VCARD\r\n", text, re.DOTALL):
    read = EBookContacts.VCard.new_from_string(card)
    found.append([[one.get_name(), [value.strip() for value in one.get_values()]] for one in read.get_attributes()])
json.dump(found, sys.stdout)
