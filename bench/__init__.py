"""The promises of speed, measured on this machine: `make bench`."""
