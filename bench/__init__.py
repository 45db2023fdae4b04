"""What the house claims about its speed, measured against a reference in the same run. `python -m bench`, or `make bench`."""
