import { type Dice, steadyId } from '../../../demo/steady.ts'
import { adl, type Deed, type Emitter, inMicroseconds, minutesFrom, type Sent, told } from './emitter.ts'

const udemySite = 'https://udemy.lookalike.example'

/** Udemy Business: mailboxes, and a learning path that completes beside its courses. */
export const udemy: Emitter = {
  name: 'lookalike-udemy',
  preset: 'adl',
  homePages: ['@udemy-teachers.lookalike.example'],
  courses: [
    { code: 'LU-1', milliHours: 1_500, passMark: null, ids: [`${udemySite}/course/1`] },
    { code: 'LU-2', milliHours: 2_500, passMark: null, ids: [`${udemySite}/course/2`] },
    {
      code: 'LU-P',
      milliHours: 4_500,
      passMark: null,
      ids: [`${udemySite}/learning-paths/7`],
      contains: ['LU-1', 'LU-2'],
    },
  ],
  endings: ['done', 'done', 'left', 'repeated'],
  nameOf: (learner) => ({ mbox: `u${learner.no}@udemy-teachers.lookalike.example` }),
  tell: (deed, dice) =>
    tellPlainly(deed, dice, { mbox: `mailto:u${deed.learner.no}@udemy-teachers.lookalike.example` }),
}

/** LinkedIn Learning: a webhook that asks for a token first; videos complete as well. */
export const linkedin: Emitter = {
  name: 'lookalike-linkedin',
  preset: 'adl',
  enters: 'oauth',
  homePages: ['@linkedin-teachers.lookalike.example'],
  courses: [
    { code: 'LL-1', milliHours: 1_000, passMark: null, ids: ['urn:li:lyndaCourse:2819'] },
    { code: 'LL-2', milliHours: 2_000, passMark: null, ids: ['urn:li:lyndaCourse:4402'] },
  ],
  endings: ['done', 'done', 'left', 'repeated'],
  nameOf: (learner) => ({ mbox: `l${learner.no}@linkedin-teachers.lookalike.example` }),
  tell(deed, dice) {
    const actor = {
      objectType: 'Agent',
      mbox: `mailto:l${deed.learner.no}@linkedin-teachers.lookalike.example`,
    }
    const telling = tellPlainly(deed, dice, actor)
    const course = deed.course.ids[0]
    const part = {
      id: steadyId(`linkedin video ${deed.learner.no} ${course} ${deed.at.getTime()}`),
      actor,
      verb: { id: `${adl}/completed` },
      object: {
        id: 'urn:li:lyndaVideo:77',
        definition: { type: 'http://adlnet.gov/expapi/activities/media' },
      },
      result: { completion: true, duration: 'PT00H03M07S' },
      context: { contextActivities: { parent: [{ id: course }] } },
      timestamp: minutesFrom(deed.at, -15).toISOString(),
    }
    return { ...telling, statements: [...telling.statements, part] }
  },
}

const ispringSite = 'https://ispring.lookalike.example'

/** iSpring and Captivate: completed, passed and failed on the course, ids of the authoring tool. */
export const ispring: Emitter = {
  name: 'lookalike-ispring',
  preset: 'adl',
  homePages: [ispringSite],
  courses: [
    { code: 'LI-1', milliHours: 1_000, passMark: 60, ids: ['http://ispring.example/5f0c'] },
    { code: 'LI-2', milliHours: 3_000, passMark: null, ids: ['http://captivate.example/8d21'] },
  ],
  endings: ['done', 'done', 'failed', 'left', 'withdrawn'],
  nameOf: (learner) => ({ homePage: ispringSite, name: `i${learner.no}` }),
  tell: (deed, dice) =>
    tellPlainly(deed, dice, { account: { homePage: ispringSite, name: `i${deed.learner.no}` } }),
}

/** Completed, and passed or failed where there is a test; each may come twice under new ids. */
function tellPlainly({ learner, course, at, ending }: Deed, dice: Dice, actor: Sent) {
  let count = 0
  const say = (verb: string, minutes: number, result?: Sent): Sent => ({
    id: steadyId(`plain ${learner.no} ${course.code} ${verb} ${minutes} ${at.getTime()} ${count++}`),
    actor,
    verb: { id: `${adl}/${verb}` },
    object: { id: course.ids[0], definition: { name: { 'zh-CN': course.code } } },
    ...(result && { result }),
    timestamp: dice.chance(0.5)
      ? minutesFrom(at, minutes).toISOString()
      : inMicroseconds(minutesFrom(at, minutes)),
  })
  const statements = [say('initialized', -50), say('progressed', -30)]
  if (ending === 'left') return told(statements)
  const isTested = course.passMark !== null
  if (isTested) {
    const scaled = ending === 'failed' ? 0.3 : 0.8
    statements.push(
      say(ending === 'failed' ? 'failed' : 'passed', -1, { success: ending !== 'failed', score: { scaled } }),
    )
  }
  if (ending === 'failed' && !isTested) return told(statements)
  statements.push(
    say('completed', 0, ending === 'failed' ? { completion: true, success: false } : { completion: true }),
  )
  if (ending === 'repeated' || dice.chance(0.3)) statements.push(say('completed', 700, { completion: true }))
  const opening = statements.filter(({ verb }) => /completed|passed/.test(String((verb as Sent).id)))
  if (ending === 'withdrawn')
    for (const one of opening)
      statements.push({
        id: steadyId(`void of ${one.id}`),
        actor,
        verb: { id: `${adl}/voided` },
        object: { objectType: 'StatementRef', id: one.id },
        timestamp: minutesFrom(at, 900).toISOString(),
      })
  return told(statements)
}
