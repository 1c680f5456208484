"""Small programs of the standard library alone, which run here and, handed to a guest's ``python3``, inside a server.

Each is one function with plain arguments and a plain result, and prints that result as one line of JSON when it is run as a
program. They keep to what Python 3.7 knows.
"""
