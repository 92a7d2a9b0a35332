"""Grade annotators from their labels and design the pay that makes careful work worth their while.

The public names are listed, for people and for type checkers, in the stub beside this file; each
loads its module when it is first used, so that `import paygrade` costs next to nothing.
"""

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
