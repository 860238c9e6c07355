"""What every gateway shares: who calls, the ids that a protocol wants, files in and out."""
