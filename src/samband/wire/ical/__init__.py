"""iCalendar [RFC5545]: what calendar programs send each other."""
