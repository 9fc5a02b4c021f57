// @lane server: only there is text refused that its column cannot hold.
import t from 'tap'
import { bombardLaunches } from '../support/fuzz/bombard-launch.ts'

t.setTimeout(120_000)

t.test('requests to the launch door that are wrong in one place do no harm', (t) =>
  bombardLaunches(t, { count: 400, seed: process.env.XUESHI_FUZZ_SEED ?? '1' }),
)
