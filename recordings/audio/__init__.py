"""
The pure half of recordings: arrays in, numbers out, no Django.

`report.measure` is the way in. It reads hostile bytes, so the web
application calls it only through `recordings.sandbox`, in a child process.
"""
