"""Invented organisations with years of reports behind them, for trying out, showing and measuring. No real person.

Everything comes from one seed: the same size, seed, number of reports and day give the same rows, ids included.
"""
