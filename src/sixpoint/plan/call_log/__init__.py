"""Logs of calls: read from our own table, a published one or a region; checked before anything is fitted."""
