"""The server: the functions over HTTP, and the add-ins through which spreadsheets ask it."""
