"""The program's own settings, and something in web and worker that breaks when it is asked to."""

from breach.settings import *  # noqa: F403  all of it, as production has it
from breach.settings import MIDDLEWARE

MIDDLEWARE = [*MIDDLEWARE, "tests.campaigns.breaking.Break"]
CELERY_IMPORTS = ["tests.campaigns.breaking"]
