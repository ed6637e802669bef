"""Formats of English; `formats` holds constants only and imports nothing. Begin reading there."""
