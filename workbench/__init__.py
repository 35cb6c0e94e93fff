"""Routing Workbench: compare, replay, serve and teach the policies that choose between language models."""

__version__ = "0.1.0"
