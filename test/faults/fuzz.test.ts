import t from 'tap'
import { bombard } from '../support/fuzz/bombard.ts'

t.setTimeout(300_000)

t.test('three thousand requests that are wrong in one place do no harm', (t) =>
  bombard(t, { count: 3000, seed: process.env.XUESHI_FUZZ_SEED ?? '1' }),
)
