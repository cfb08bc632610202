"""Scans of paper: what was sent, what each page says with its doubts, what people decided, the reports made of it.

Plain rows and rules. Pixels are looked at elsewhere (``ocr/``), and what was read comes here as values; a page becomes
reports by the same actions as any other report, and only when a person has confirmed it.
"""
