"""What the ledger was told, each time that was something else; from it every entry can be made again."""
