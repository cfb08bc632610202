"""How the weights in ``ocr/models/`` are made: cells composed from seeded chance, a small net taught on them, measured.

Nothing of this is needed to read a page. ``net.py`` and ``__main__.py`` need the packages of requirements-train.in.
"""
