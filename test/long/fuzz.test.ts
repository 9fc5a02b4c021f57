// @lane embedded: the daily one goes over both engines.
import t from 'tap'
import { bombard } from '../support/fuzz/bombard.ts'

t.setTimeout(3_600_000)

// Drawn anew each time and printed, so that a run that fails can be fired again.
const seed = process.env.XUESHI_FUZZ_SEED ?? String(Math.floor(Math.random() * 1e9))

t.test('a hundred thousand requests that are wrong in one place do no harm', (t) =>
  bombard(t, { count: 100_000, seed }),
)
