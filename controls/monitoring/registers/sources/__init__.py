"""Registers that are fetched: an address in the settings is asked at its interval, and what is new becomes a snapshot."""
