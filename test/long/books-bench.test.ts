// @lane server: the benchmark brings a database server of its own.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)

t.setTimeout(600_000)

t.test('the ledger benchmark posts, measures its ceiling and answers one object', async (t) => {
  t.setTimeout(600_000)
  const { DATABASE_URL: _others, ...env } = process.env
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', 'bench/ledger.ts', '--quick', '--json'],
    {
      env,
      timeout: 200_000,
    },
  )

  const figures = JSON.parse(stdout)
  const keys = [
    'post_100_per_account',
    'post_1_per_account',
    'ceiling',
    'ceiling_1_per_account',
    'ratio_100_per_account',
    'ratio_1_per_account',
    'hot_account',
    'distinct_accounts',
    'ratio_hot_account',
  ]
  t.strictSame(
    keys.filter((key) => !(figures[key] > 0)),
    [],
    'every figure is there',
  )
})
