"""Tamper evidence: what happened to reports, linked into one gap-free chain for each brigade, whose heads are signed."""
