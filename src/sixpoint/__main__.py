"""`python -m sixpoint` is the command line."""

from sixpoint.cli.main import main

if __name__ == "__main__":  # the processes of a study import this module too
    main()
