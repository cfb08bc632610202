"""What the product costs beside the least that could do the same: ``python -m bench`` (docs/operate/speed.md).

Not part of the product: nothing in it imports from here. A benchmark is a file in ``cases/``; what it is held against
is in ``baselines/``, which knows nothing of the product.
"""
