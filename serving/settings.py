"""Settings for the page."""

from serving.config.page import PageSettings
from serving.config.settings import Settings, SettingsError, load_settings

__all__ = ["PageSettings", "Settings", "SettingsError", "load_settings"]
