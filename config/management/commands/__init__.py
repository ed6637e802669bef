"""One command a module; each calls what it needs in `config` or the apps. Begin reading in `run`."""
