from hypothesis import settings

settings.register_profile("slotsmith", deadline=None)  # the first call of a compiled function takes seconds
settings.load_profile("slotsmith")
