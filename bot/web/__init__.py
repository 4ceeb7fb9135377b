"""HTTP: Slack's requests behind their guard, and the pages for whoever looks after the bot. WSGI under waitress."""
