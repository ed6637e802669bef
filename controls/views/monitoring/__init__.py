"""Pages of registers: opened, fed, their snapshots looked at, searched and compared, and one company's page."""
