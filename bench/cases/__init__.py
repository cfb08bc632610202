"""The benchmarks, each a file with ``TITLE`` and ``lines(run)``; its name is the file's."""
