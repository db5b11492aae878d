"""The functions in LibreOffice Calc: an extension made from the catalogue, which asks the server of `backlog serve`."""
