"""How a device catches up: the log of what changed, who may see each change, and the pages that are handed out."""
