"""The parts that the settings name, put together and asked how they are."""
