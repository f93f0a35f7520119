"""From a bare machine to a ready process: packages, virtual environment, embedded services.

Runs before anything is installed: this package imports only the standard library.
"""
