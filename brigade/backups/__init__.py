"""Backups and moves of a whole installation: its rows and its files in one archive, and from one kind of store to the
other. Everything is compared, and nothing is changed before all of it is known to be whole.
"""
