"""The draw: from a seed to items that anybody can verify.

It may import sampling's other rooms and what they may (contract rooms-of-controls); `tickets` is pure. Begin reading
in `tickets`, then `verbs`.
"""
