// @lane server: only there is text refused that its column cannot hold.
import t from 'tap'
import { bombardLaunches } from '../support/fuzz/bombard-launch.ts'

t.setTimeout(3_600_000)

// Drawn anew each time and printed, so that a run that fails can be fired again.
const seed = process.env.XUESHI_FUZZ_SEED ?? String(Math.floor(Math.random() * 1e9))

t.test('a hundred thousand requests to the launch door that are wrong in one place do no harm', (t) =>
  bombardLaunches(t, { count: 100_000, seed }),
)
