"""Pictures from strangers in, clean pictures out, in a child process with limits. Never touches the database.

``sandbox`` is the way in: it starts the process, hands pictures over and does not wait for ever. ``inside`` is what
runs there, ``clean`` what it does with one picture, ``kinds`` what may be sent at all.
"""
