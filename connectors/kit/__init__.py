"""What every connector shares: transport, authentication, paging, field readers."""
