import type { Test } from 'tap'
import { diceOf } from '../../../demo/steady.ts'
import { type Answer, gunAt } from './fire.ts'
import { launchScene, noteEntered } from './launch-scene.ts'
import { drawLaunchShot } from './launch-shots.ts'
import type { Shot } from './requests.ts'

/**
 * Fires requests at `/lti/*` over real connections, half of them right but for one place. Database and platform are
 * well, so 5xx is a fault, whatever page it comes as; only the platform's keys may be late on a busy machine
 * (`lti-keys-unavailable`). What was let in must be what was kept, each login once.
 */
export async function bombardLaunches(
  t: Test,
  { count, seed }: { count: number; seed: string },
): Promise<void> {
  t.comment(`seed ${seed}`)
  const rejections: unknown[] = []
  const note = (reason: unknown) => rejections.push(reason)
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  const scene = await launchScene(t)
  const { db } = scene.ground

  const statuses = new Map<number | 'cut', number>()
  const bad: { shot: Shot; answer: Answer; before: string }[] = []
  let accepted = 1
  let again = 0
  let enteredTwice = 0
  let near = 0
  let left = count

  const shoot = async (lane: number) => {
    const gun = gunAt(scene.port)
    const dice = diceOf(`${seed} ${lane}`)
    let before = 'nothing'
    while (left-- > 0) {
      const shot = await drawLaunchShot(scene, dice)
      if (shot.isNear) near++
      if (dice.chance(0.01)) {
        await gun.fireHalf(shot)
        continue
      }
      const answer = await gun.fire(shot)
      const status = answer === 'cut' ? 'cut' : answer.status
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const last = before
      before = `${shot.method} ${shot.path} ${JSON.stringify(shot.headers)} → ${status}`
      if (answer === 'cut' || isFault(answer)) bad.push({ shot, answer, before: last })
      else if (noteEntered(scene, answer)) {
        accepted++
        if (!dice.chance(0.2)) continue
        again++
        const second = await gun.fire(shot)
        if (second === 'cut' || isFault(second)) bad.push({ shot, answer: second, before: 'the same' })
        else if (noteEntered(scene, second)) enteredTwice++
      }
    }
    gun.close()
  }
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(shoot))

  t.comment(JSON.stringify(Object.fromEntries([...statuses].sort())))
  t.strictSame(
    bad.slice(0, 5).map(({ shot, answer, before }) => ({
      before,
      ...shot,
      body: shot.body.toString().slice(0, 3000),
      answer: answer === 'cut' ? answer : `${answer.head}\n\n${answer.body}`.slice(0, 1500),
    })),
    [],
    'nothing is answered 5xx or left without an answer',
  )
  t.strictSame(rejections, [], 'no rejection goes unhandled')
  t.ok(near >= count / 2, 'half of them are right but for one place')
  t.ok(accepted > count / 100, 'some are let in')
  for (const status of [400, 401]) t.ok(statuses.has(status), `some are answered ${status}`)
  t.ok(again > 0, 'some that were let in come again')
  t.equal(enteredTwice, 0, 'and are not let in again')

  const [{ kept }] = (await db('lti_launch').count({ kept: '*' })) as [{ kept: unknown }]
  t.equal(Number(kept), accepted, 'what was let in is what was kept')
  const [{ pending }] = (await db('platform_deployment')
    .where({ state: 'pending' })
    .count({ pending: '*' })) as [{ pending: unknown }]
  t.ok(Number(pending) <= 101, 'made-up deployments do not fill the list')
}

function isFault({ status, body }: Exclude<Answer, 'cut'>): boolean {
  return status >= 500 && !(status === 503 && body.includes('lti-keys-unavailable'))
}
