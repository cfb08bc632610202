"""Printed output only: values in, bytes of a document out.

What a member files is an *activity report* and lives in ``brigade/``; here are the documents that are printed from
it. Drawing is ReportLab's, and it is imported in this package alone: the web process imports ``reports`` when it
needs a document, never at its start.
"""
