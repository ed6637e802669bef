"""Two hundred people at once: a register of some size, its people, and what locust lets them do."""
