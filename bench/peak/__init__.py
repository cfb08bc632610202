"""Many times a city's worst quarter of an hour, for long, on the server as it is deployed (``python -m bench.peak``).

The quarter of an hour is 20 % of the members who each send two pictures and one report, while all read five pages. What
was acknowledged is looked for in the store afterwards. The load runs on the machine of the server and the database; the
processor time of each is told apart.
"""
