"""HTTP: Slack's requests behind their guard, and the pages for its operator. WSGI under waitress."""
