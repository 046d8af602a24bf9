"""Turn the words of a command line into settings: a module for the commands of one kind. Everything costly is imported
by the command that needs it."""
