"""The forms of the report that are files: every module here is one, and needs no listing anywhere."""
