"""NEMSIS in and out: the code lists of a state or an agency as an overlay, and an overlay as code lists."""
