"""Pictures of paper forms in, drafts with doubts out; never touches the database.

In two halves that meet in ``marks.py`` and know nothing else of each other. *Looking* turns pixels into probabilities,
cell by cell; *reading* turns those into values with their doubts. Beside them stand what opens files and keeps limits
(``pages.py``, ``inside.py``, ``rendering.py``) and the engine for lines of text (``engine.py``, ``texts.py``).
"""
