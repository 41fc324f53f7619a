"""Rules about cells that can be read and are hardly meant; each yields warnings, none repairs."""
