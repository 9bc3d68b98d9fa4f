"""For all tests: property tests are never judged by how long an example takes, since machines differ."""

from hypothesis import settings

settings.register_profile("standpipe", deadline=None, print_blob=True)
settings.load_profile("standpipe")
