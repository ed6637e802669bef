"""One command a module; each is thin and calls the room that does the work. Begin reading in `verify_trail`."""
