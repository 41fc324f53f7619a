"""The console command `strataforest`: one module per subcommand."""
