"""Paper forms as data: the layouts that are printed and read, the code on a sheet, what is filled in beforehand. Pure.

Millimetres from the page's top left corner. One file of ``rules/forms`` is both what ``reports.forms`` draws and what
``ocr`` will read.
"""
