import { type Dice, diceOf, steadyId } from '../../../demo/steady.ts'
import { articulate } from './articulate.ts'
import { ispring, linkedin, udemy } from './catalogues.ts'
import { cmi5 } from './cmi5.ts'
import { adl, type Course, type Deed, type Emitter, type Learner, type Sent } from './emitter.ts'
import { h5p } from './h5p.ts'
import { moodle } from './moodle.ts'
import { openedx } from './openedx.ts'
import { scorm } from './scorm.ts'
import { video } from './video.ts'

/** Every platform that is played. */
export const emitters: Emitter[] = [
  moodle,
  cmi5,
  openedx,
  h5p,
  articulate,
  scorm,
  video,
  udemy,
  linkedin,
  ispring,
]

/** What one platform sends in a term. */
export interface Traffic {
  emitter: Emitter
  /** Requests that must be taken; some come twice. */
  batches: Sent[][]
  /** Statements that must be refused with 400, each alone. */
  refused: Sent[]
  /** Pairs of which the second must be refused with 409. */
  conflicting: { first: Sent; second: Sent }[]
}

/** A term of one district: who did what, what is worth how much, and what the platforms make of it. */
export interface Term {
  learners: Learner[]
  /** First and last day of every class. */
  from: Date
  to: Date
  /** Thousandths by teacher number, from what truly happened, before anything was told. */
  rightHours: Map<string, number>
  traffic: Traffic[]
}

const day = 86_400_000

/** Makes a term that lies within the 120 days before `now`. Deterministic by seed and day. */
export function termOf(seed: string | number, size: number, now: Date): Term {
  const learners = Array.from({ length: size }, (_, no) => ({
    no,
    teacherNo: `T${String(no + 1).padStart(5, '0')}`,
  }))
  const from = new Date(Math.floor(now.getTime() / day) * day - 120 * day)
  const to = new Date(from.getTime() + 110 * day)
  const deeds = new Map<Emitter, Deed[]>()
  for (const emitter of emitters)
    deeds.set(emitter, deedsOf(emitter, learners, from, diceOf(`${seed} ${emitter.name}`)))
  return {
    learners,
    from,
    to,
    rightHours: rightHoursOf(learners, deeds),
    traffic: [...deeds].map(([emitter, done]) =>
      trafficOf(emitter, done, diceOf(`${seed} ${emitter.name} told`)),
    ),
  }
}

function deedsOf(emitter: Emitter, learners: Learner[], from: Date, dice: Dice): Deed[] {
  return learners.flatMap((learner) =>
    emitter.courses
      .filter(() => dice.chance(0.7))
      .map((course) => ({
        learner,
        course,
        // Far enough from both ends of the class for all that comes before and after.
        at: new Date(from.getTime() + dice.whole(5 * 1440, 100 * 1440) * 60_000 + dice.whole(0, 59) * 1000),
        ending: dice.pick(emitter.endings),
      })),
  )
}

/** Adds up what truly happened. A path counts instead of what it contains. */
function rightHoursOf(learners: Learner[], deeds: Map<Emitter, Deed[]>): Map<string, number> {
  const hours = new Map(learners.map(({ teacherNo }) => [teacherNo, 0]))
  for (const all of deeds.values()) {
    for (const { teacherNo } of learners) {
      const finished = all
        .filter(
          ({ learner, ending }) =>
            learner.teacherNo === teacherNo && (ending === 'done' || ending === 'repeated'),
        )
        .map(({ course }) => course)
      const covered = new Set(finished.flatMap(({ contains = [] }) => contains))
      const worth = finished
        .filter(({ code }) => !covered.has(code))
        .reduce((sum, { milliHours }) => sum + milliHours, 0)
      hours.set(teacherNo, (hours.get(teacherNo) ?? 0) + worth)
    }
  }
  return hours
}

function trafficOf(emitter: Emitter, deeds: Deed[], dice: Dice): Traffic {
  const traffic: Traffic = { emitter, batches: [], refused: [], conflicting: [] }
  const statements: Sent[] = []
  for (const deed of deeds) {
    const telling = emitter.tell(deed, dice)
    statements.push(...telling.statements)
    traffic.refused.push(...telling.refused)
    traffic.conflicting.push(...telling.conflicting)
    const last = telling.statements.at(-1)
    if (last && dice.chance(0.1)) statements.push(drifted(last, deed.course))
    if (last && dice.chance(0.1)) statements.push(ofStranger(last, dice.whole(1, 5)))
    if (last && dice.chance(0.1)) traffic.refused.push(almostValid(last, dice))
  }
  const left = dice.shuffle(statements)
  while (left.length > 0) {
    // A request may not hold one id twice, so what came twice goes into different requests.
    const batch = distinct(left, dice.whole(1, 30))
    traffic.batches.push(batch)
    if (dice.chance(0.15)) traffic.batches.push(batch)
  }
  if (emitter.name === 'lookalike-moodle') traffic.batches.push([], [])
  return traffic
}

function distinct(left: Sent[], size: number): Sent[] {
  const batch: Sent[] = []
  const ids = new Set<unknown>()
  for (let at = 0; at < left.length && batch.length < size; ) {
    const { id } = left[at] as Sent
    if (id !== undefined && ids.has(id)) at++
    else {
      ids.add(id)
      batch.push(...left.splice(at, 1))
    }
  }
  return batch
}

/** Completed, about a course whose addresses have all changed, wherever they are named: nobody has told the district. */
function drifted(statement: Sent, course: Course): Sent {
  const moved = (id: string) => `${id}?lang=zh#moved`
  const context = JSON.stringify(statement.context ?? null, (key, value) =>
    key === 'id' && course.ids.includes(value) ? moved(value) : value,
  )
  return {
    ...withNewId(statement, 'drifted'),
    verb: { id: `${adl}/completed` },
    object: { id: moved(course.ids[0] as string) },
    result: { completion: true },
    ...(statement.context !== undefined && { context: JSON.parse(context) }),
  }
}

/** The same about somebody whom the district does not know. */
function ofStranger(statement: Sent, no: number): Sent {
  const actor = statement.actor as { account?: { homePage: string; name: string }; mbox?: string }
  const stranger = actor.account
    ? { account: { ...actor.account, name: `stranger-${no}` } }
    : { mbox: actor.mbox?.replace(/mailto:[^@]+/, `mailto:stranger${no}`) }
  return { ...withNewId(statement, `stranger ${no}`), actor: stranger }
}

function withNewId(statement: Sent, why: string): Sent {
  return statement.id === undefined ? statement : { ...statement, id: steadyId(`${why} ${statement.id}`) }
}

/** What a vendor sends who has read the specification in haste. */
function almostValid(statement: Sent, dice: Dice): Sent {
  return dice.pick<Sent>([
    { ...statement, result: { completion: 'true' } },
    { ...statement, actor: { mbox: 'teacher@lookalike.example' } },
    { ...statement, id: '12345' },
    { ...statement, result: { score: { scaled: 85 } } },
    { ...statement, result: { duration: '20 minutes' } },
    { ...statement, timestamp: '2026/03/02 10:15' },
    { ...statement, context: { registration: 'class-1' } },
    { ...statement, Verb: statement.verb, verb: undefined },
  ])
}
