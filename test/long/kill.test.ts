// @lane server
import t from 'tap'
import { killWhilePushing } from '../support/kill.ts'

t.setTimeout(3_600_000)

t.test('fifty kills while 20,000 completions are pushed lose nothing and credit nothing twice', (t) =>
  killWhilePushing(t, { teachers: 400, offerings: 50, kills: 50, seed: 7, seconds: 1800 }),
)
