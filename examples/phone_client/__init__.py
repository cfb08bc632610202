"""An example of a phone app's unseen half: a queue that loses nothing, and a server that may be out of reach.

It needs Python 3.11 and nothing else. Start reading in ``sending.py``.
"""
