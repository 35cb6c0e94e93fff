"""Other tools' files of recorded outcomes and votes, read row by row: one file a format."""
