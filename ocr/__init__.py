"""Pictures of paper forms in, drafts with doubts out; never touches the database. Reading starts with the paper forms'
own release: until then this package only holds the place that the imports of the house are checked against.
"""
