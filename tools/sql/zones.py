"""The time zone of a database: whose day is meant by "today", and where that day begins."""

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_OFFSET = re.compile(r"([+-])(\d\d?):(\d\d)")


def zone(name: str) -> tzinfo | None:
    """The zone of a name ("Europe/Berlin") or an offset ("+02:00"); None for any other text."""
    if offset := _OFFSET.fullmatch(name):
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-away if offset[1] == "-" else away)
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def today(name: str) -> date:
    """The day that it is now in a zone; this machine's own where the name says none."""
    return datetime.now(zone(name)).astimezone(zone(name)).date()


def midnight(day: date, name: str) -> datetime:
    """The moment when a day begins in a zone; in this machine's own where the name says none."""
    return datetime.combine(day, time(), zone(name)).astimezone()


def offset_now(name: str) -> str:
    """The present UTC offset of a zone, as "+02:00"."""
    text = f"{datetime.now(zone(name)).astimezone(zone(name)):%z}"
    return f"{text[:3]}:{text[3:5]}"
