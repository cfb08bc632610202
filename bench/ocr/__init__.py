"""A made-up corpus of filled forms, and how the product reads it: ``python -m bench.ocr`` (docs/operate/ocr-accuracy.md).

``hands`` write, ``sheets`` fill in forms, ``paper`` scans and photographs them, ``evaluate`` counts what was read right.
The same seed gives the same pages. Writers and typefaces of the three splits are never the same ones.
"""
