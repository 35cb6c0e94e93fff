"""`workbench bench`: one file a figure. Each measures the real thing and returns plain numbers, units in their names."""
