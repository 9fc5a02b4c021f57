import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import knex from 'knex'
import type { Test } from 'tap'
import { connect } from '../../foundation/database/connect.ts'
import { buckets } from '../../ledger/books/words.ts'
import { houseOn, type Running, until, untilAnswers } from './house.ts'
import { completionOf, pushAll } from './pusher.ts'
import { startPrivateServer } from './server.ts'
import { layOutDistrict, milliHoursEach } from './small-district.ts'

/** A small generator that gives the same numbers for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/**
 * Kills the serving process, the worker or the database, drawn by a seed, while completions are pushed and resent;
 * then everything must have been taken once, credited once, and the book must agree with itself.
 */
export async function killWhilePushing(
  t: Test,
  size: { teachers: number; offerings: number; kills: number; seed: number; seconds: number },
): Promise<void> {
  t.comment(`seed ${size.seed}`)
  const random = randomFrom(size.seed)
  const folder = await mkdtemp(join(tmpdir(), 'xueshi-kill-'))
  // On a disk, as the database of an installation: the runner's folder of temporary files may lie in memory.
  const server = await startPrivateServer({ below: '/var/tmp' })
  t.teardown(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })
  await makeDatabase(server.urlOf('book'))
  const house = await houseOn(t, server.urlOf('book'), { LOG_LEVEL: 'silent' })
  const district = await layOutDistrict(house, folder, size)

  const statements = district.offerings.flatMap((offering) =>
    district.teachers.map((teacher) => completionOf(district, teacher, offering)),
  )
  const batches: unknown[][] = []
  for (let from = 0; from < statements.length; from += 50) batches.push(statements.slice(from, from + 50))

  const ready = `http://127.0.0.1:${house.port}/healthz`
  let serving: Running = await house.serve()
  let working: Running = house.start('work')
  const pushing = pushAll(district, batches, {
    connections: 6,
    seconds: size.seconds,
    again: () => random() < 0.1,
  })
  let pushed: Awaited<typeof pushing> | null = null
  const outcome = pushing.then(
    (all) => {
      pushed = all
    },
    (error) => error as Error,
  )

  const killed = { serve: 0, work: 0, database: 0 }
  for (let kill = 0; kill < size.kills; kill++) {
    await sleep(100 + random() * 900)
    const draw = random()
    if (draw < 0.4) {
      await serving.kill('SIGKILL')
      killed.serve += 1
      serving = house.start('serve')
      await untilAnswers(ready, serving)
    } else if (draw < 0.75) {
      await working.kill('SIGKILL')
      killed.work += 1
      working = house.start('work')
    } else {
      await server.kill()
      killed.database += 1
      await server.start()
    }
  }
  t.comment(`killed ${JSON.stringify(killed)}`)
  t.equal(await outcome, undefined, 'every batch was acknowledged in the end')
  const acknowledged = (pushed as { acknowledged: Set<string> } | null)?.acknowledged ?? new Set<string>()
  t.equal(acknowledged.size, statements.length, 'each statement was acknowledged')

  await until(
    'the queues are settled',
    async () => {
      const status = await house.run('queue', 'status')
      return status.code === 0 && status.json.settled === true && status.json.inbox_ready === 0
    },
    size.seconds,
  )
  await checkBook(t, server.urlOf('book'), acknowledged, size)
  const verified = await house.must('ledger', 'verify')
  t.strictSame(verified.findings, [], 'the book agrees with itself')
  t.equal(verified.ok, true)
  t.equal(verified.accounts, size.teachers)
}

async function checkBook(
  t: Test,
  url: string,
  acknowledged: Set<string>,
  size: { teachers: number; offerings: number },
): Promise<void> {
  const db = connect(url)
  try {
    const stored: { id: Buffer }[] = await db('statement').select('statement_id as id')
    const ids = new Set(stored.map(({ id }) => id.toString('hex')))
    const lost = [...acknowledged].filter((id) => !ids.has(id.replaceAll('-', '')))
    t.strictSame(lost, [], 'every acknowledged statement is there')
    t.equal(stored.length, acknowledged.size, 'none is there twice')

    const [{ claims }] = (await db('claim').countDistinct({ claims: 'claim_id' })) as [{ claims: number }]
    t.equal(Number(claims), size.teachers * size.offerings, 'each completion is one claim')
    const held: { hours: string }[] = await db('entry')
      .where({ bucket: buckets.code('counted') })
      .groupBy('account_id')
      .sum({ hours: 'milli_hours' })
    t.equal(held.length, size.teachers, 'each teacher has an account')
    const wrong = held.filter(({ hours }) => Number(hours) !== size.offerings * milliHoursEach)
    t.strictSame(wrong, [], 'each completion is credited exactly once')
  } finally {
    await db.destroy()
  }
}

async function makeDatabase(url: string): Promise<void> {
  const at = new URL(url)
  const admin = knex({
    client: 'mysql2',
    connection: { socketPath: at.searchParams.get('socketPath') ?? '', user: 'root' },
    pool: { min: 0, max: 1 },
  })
  await admin.raw('CREATE DATABASE book CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
  await admin.destroy()
}
