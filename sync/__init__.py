"""The only writer: pulls pages, settles them, stores them, and runs on a schedule."""
