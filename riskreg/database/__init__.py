"""What the database does by itself, on either engine. Knows no model; begin with triggers.py."""
