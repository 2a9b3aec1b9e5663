"""The words that tree, post and person share: days in Brussels, and the label of a thing by language."""

from __future__ import annotations

Labels = dict[str, str]
"""A label by language (nl, fr, en, de); Dutch and French are always there."""
