"""The forms of the report that are files: every module ``as_…`` here is one, and needs no listing anywhere."""
