"""The ready rules, one module a pack, or a folder for a large one. A new rule is named in its pack's list only."""
