"""One small simulated server per vendor, over real HTTP on loopback, faithful to what the vendor documents."""
