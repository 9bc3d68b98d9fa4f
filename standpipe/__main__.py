"""`python -m standpipe` is the command."""

from standpipe.cli import app

app(prog_name="standpipe")
