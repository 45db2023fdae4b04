"""python -m config.launcher is the same as python manage.py demo."""

import sys

from config.launcher.demo import main

sys.exit(main())
