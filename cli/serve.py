"""`backlog serve`: the functions over HTTP, for add-ins and programs."""

from __future__ import annotations

import gc
import sys

import click

from cli.app import App, command
from cli.screen import say


@command('backlog serve\nbacklog serve --log json\nbacklog token create --name "Ann\'s Excel"')
@click.option("--log", "kind", type=click.Choice(["text", "json"]), help="How log lines are written, if not as set.")
def serve(app: App, kind: str | None) -> None:
    """Answers the functions over HTTP and serves the add-ins of spreadsheets, until it is stopped (Ctrl-C or SIGTERM).

    What was asked by then is answered. It listens on this machine only, unless [web] names a certificate. Whoever asks
    needs a token.
    """
    gc.disable()
    from sync.logs import configure
    from sync.stopping import stopped
    from web.server import server, why_not

    # What a program is made of lives as long as it does: it is not looked through for garbage, now or later.
    gc.freeze()
    gc.enable()
    settings = app.settings
    made = server(settings)
    configure(kind or settings.service.log)

    def end() -> None:
        made.should_exit = True

    def ready() -> None:
        say(f"{settings.web.address}: serving; stop with Ctrl-C")
        sys.stdout.flush()

    made.ready = ready

    try:
        # uvicorn raises a signal once more when it has ended; being stopped is how a server ends, so it changes nothing.
        with stopped(end):
            made.run()
    except SystemExit:
        raise why_not(settings, made.refused) from None
