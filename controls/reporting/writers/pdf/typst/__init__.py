"""The part that runs in typst's own process, with the page's markup beside it.

`compile` may import typst and the standard library, nothing of the product: it runs isolated. Begin reading there.
"""
