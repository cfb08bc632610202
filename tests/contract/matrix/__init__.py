"""Who may do what, as a matrix: every operation and every page, asked by every actor about every object (S-01).

The policy is written from the documents that each file names, never from the product's code.
"""
