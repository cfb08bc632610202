"""Pictures from strangers in, clean pictures out, in a child process with limits. Never touches the database.

``limited`` is the way into such a process and ``limits`` what holds in it, whatever it is for; ``ocr`` has one of its
own. ``sandbox`` is the one for pictures: ``asked`` is what both sides know, ``inside`` what runs there, ``clean`` what it does with one picture,
``kinds`` what may be sent at all.
"""
