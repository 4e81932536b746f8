"""How long things take, for people to read."""


def duration(seconds: float) -> str:
    """Hours, minutes and seconds, as ``h:mm:ss``."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
