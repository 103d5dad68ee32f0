"""python -m shelfcast_models"""

import sys

from .command import main

sys.exit(main())
