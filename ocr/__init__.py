"""Pictures of paper forms in, drafts with doubts out; never touches the database.

In two halves. *Looking* turns pixels into probabilities, cell by cell (``marks.py``); it needs OpenCV and runs in a
limited process. *Reading* turns those into values with their doubts (``readings.py``), knowing the roster and the rules
of numbers and dates; it is plain Python.
"""
