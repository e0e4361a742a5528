"""The one error that a person is meant to read."""


class JediError(ValueError):
    """Input that cannot be used: one line that says what was found, what was expected and what to do.

    The command line prints it and exits with code 2; the pages show it in place. Anything else
    that is raised is a defect of the program.
    """
