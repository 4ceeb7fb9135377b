"""Exports: asked for, written by a process of their own, posted, downloaded."""
