"""`python -m sixpoint` is the command line."""

from sixpoint.cli.main import main

main()
