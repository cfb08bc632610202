"""The domain of a volunteer fire brigade and its tables: no Flask, no PDF, no OCR."""

__version__ = "0.1.0"
