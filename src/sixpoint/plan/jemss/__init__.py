"""Runs city models of the ambulance simulator JEMSS (v1.3.6) by JEMSS's own rules, compiled.

One kind of ambulance, one unit a call: kept to be compared with, call by call. Times are days and distances km inside
this folder, as in JEMSS's files; nothing of it leaks into the rest of Sixpoint.
"""
