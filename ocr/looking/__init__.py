"""From pixels to probabilities: finds the form, straightens it, cuts its cells and looks at each. Needs OpenCV.

It handles what strangers sent and runs only in the limited process of ``ocr/inside.py``, or at a command of the operator.
"""
