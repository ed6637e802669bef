"""Formats of Swedish; `formats` holds constants only and imports nothing. Begin reading there."""
