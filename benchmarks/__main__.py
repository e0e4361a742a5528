"""All benchmarks, each a ratio against its rival or limit: `python -m benchmarks`."""

from __future__ import annotations

import asyncio

from benchmarks import drag, dynamics, fixed_points, recurrence

if __name__ == "__main__":
    recurrence.main()
    dynamics.main()
    fixed_points.main()
    asyncio.run(drag.main())
