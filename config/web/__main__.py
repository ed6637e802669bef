"""`python -m config.web`: serve the product on a port, by several workers."""

from __future__ import annotations

import argparse
import sys


def main() -> int:
    """Run the parent; with --descriptor, which the parent gives, one worker."""
    parser = argparse.ArgumentParser(prog="python -m config.web", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    parser.add_argument("--workers", type=int, default=2, help="processes: about one for each processor")
    parser.add_argument("--threads", type=int, default=4, help="threads of each, that is requests at work at once")
    parser.add_argument("--descriptor", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.descriptor is not None:
        from config.web.worker import serve

        serve(options.descriptor, options.threads)
        return 0
    from config.web.parent import run

    return run(options.host, options.port, options.workers, options.threads)


if __name__ == "__main__":
    sys.exit(main())
