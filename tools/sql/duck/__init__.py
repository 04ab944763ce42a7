"""DuckDB behind the gate: files of it, and folders of CSV and Parquet."""
