// @lane server
import t from 'tap'
import { killWhilePushing } from '../support/kill.ts'

t.setTimeout(600_000)

t.test('a few kills while completions are pushed lose nothing and credit nothing twice', (t) =>
  killWhilePushing(t, { teachers: 40, offerings: 50, kills: 6, seed: 20261121, seconds: 120 }),
)
