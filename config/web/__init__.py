"""The web server: waitress with limits against slow clients (docs/decisions/0034).

`python -m config.web` starts a parent (parent.py) that holds the port and keeps its workers going; each worker is one
process with an event loop and threads (worker.py). What a client may take in time and connections stands in limits.py, what
a request may bring in bodies.py. Begin reading in connections.py, where both meet waitress.
"""
