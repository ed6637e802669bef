"""Scripts that verify a sample outside the product, shipped as they are.

The two scripts import the standard library only, so that anybody can run them; `verify_script` chooses between them
and may import models. Begin reading there.
"""
