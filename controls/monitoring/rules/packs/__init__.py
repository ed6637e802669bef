"""The ready rules, one module a pack; the suppliers' pack is a folder. A new rule is named in its pack's list only."""
