"""ASC 606 as pure functions: columns in, columns out."""
