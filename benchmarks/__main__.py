"""All benchmarks, each a ratio against its rival or limit: `python -m benchmarks`."""

from __future__ import annotations

import asyncio

from benchmarks import drag, recurrence

if __name__ == "__main__":
    recurrence.main()
    asyncio.run(drag.main())
