"""NT LAN Manager authentication, version 2, the side that accepts [MS-NLMP]."""
