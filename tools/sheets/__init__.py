"""Sheets and CSV files as data: their columns, their types, and a SQLite file of them."""
