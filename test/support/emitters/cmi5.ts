import { steadyId } from '../../../demo/steady.ts'
import { adl, type Course, type Emitter, inMicroseconds, minutesFrom, type Sent, told } from './emitter.ts'

const site = 'https://cmi5.lookalike.example'
const category = 'https://w3id.org/xapi/cmi5/context/categories/cmi5'

const courses: Course[] = [
  { code: 'LC-1', milliHours: 2_500, passMark: null, ids: idsOf('c1') },
  { code: 'LC-2', milliHours: 4_000, passMark: 60, ids: idsOf('c2') },
]

/** Course and AU by the publisher's ids. */
function idsOf(name: string): string[] {
  return [`https://publisher.example/course/${name}`, `https://publisher.example/course/${name}/au`]
}

const verbs: Record<string, string> = {
  satisfied: 'https://w3id.org/xapi/adl/verbs/satisfied',
  waived: 'https://w3id.org/xapi/adl/verbs/waived',
  abandoned: 'https://w3id.org/xapi/adl/verbs/abandoned',
}

/** A cmi5 LMS with its AUs: once for each registration by the rule, twice in practice; moveOn decides. */
export const cmi5: Emitter = {
  name: 'lookalike-cmi5',
  preset: 'cmi5',
  homePages: [site],
  courses,
  endings: ['done', 'done', 'failed', 'left', 'waived', 'withdrawn'],
  nameOf: (learner) => ({ homePage: site, name: `learner-${learner.no}` }),
  tell({ learner, course, at, ending }, dice) {
    const registration = steadyId(`cmi5 ${learner.no} ${course.code} ${at.getTime()}`)
    const moveOn = course.passMark === null ? 'CompletedOrPassed' : 'CompletedAndPassed'
    let count = 0
    const say = (verb: string, minutes: number, changes: Sent = {}): Sent => {
      const when = minutesFrom(at, minutes)
      const ofCourse = verb === 'satisfied'
      return {
        id: steadyId(`${registration} ${verb} ${minutes} ${count++}`),
        actor: { objectType: 'Agent', account: { homePage: site, name: `learner-${learner.no}` } },
        verb: { id: verbs[verb] ?? `${adl}/${verb}`, display: { 'en-US': verb } },
        object: ofCourse
          ? { id: course.ids[0], definition: { type: 'https://w3id.org/xapi/cmi5/activitytype/course' } }
          : { id: `${site}/launched/${registration}/au1` },
        context: {
          registration,
          contextActivities: {
            category: [{ id: category }],
            grouping: [{ id: course.ids[1] }],
          },
          extensions: { 'https://w3id.org/xapi/cmi5/context/extensions/sessionid': `s-${minutes}` },
        },
        timestamp: inMicroseconds(when),
        ...changes,
      }
    }
    const launched = (minutes: number): Sent => {
      const statement = say('launched', minutes)
      const context = statement.context as { extensions: Sent }
      context.extensions['https://w3id.org/xapi/cmi5/context/extensions/moveon'] = moveOn
      return statement
    }
    const statements = [launched(-60), say('initialized', -59)]
    if (ending === 'waived') return told([...statements, say('waived', 0, waivedResult)])
    if (dice.chance(0.3)) {
      statements.push(say('abandoned', -50), launched(-45), say('initialized', -44))
    }
    if (ending === 'left') return told([...statements, say('terminated', -30)])

    const lost = { success: false, score: { scaled: 0.4, raw: 40, min: 0, max: 100 } }
    const won = { success: true, score: { scaled: 0.85, raw: 85, min: 0, max: 100 }, duration: 'PT12M30.25S' }
    const isTested = course.passMark !== null
    if (isTested && (ending === 'failed' || dice.chance(0.4)))
      statements.push(say('failed', -20, { result: lost }))
    if (ending === 'failed') {
      // Without a test of its own nothing can be failed: then the learner simply did not finish.
      if (isTested) statements.push(say('completed', -1, { result: { completion: true } }))
      return told([...statements, say('terminated', 1)])
    }
    const completed = say('completed', -2, { result: { completion: true, duration: 'PT0H20M' } })
    statements.push(completed)
    if (isTested) statements.push(say('passed', 0, { result: won }))
    if (dice.chance(0.4)) statements.push({ ...completed, id: steadyId(`${completed.id} again`) })
    if (dice.chance(0.5)) statements.push(allowed(say('completed', -3)))
    const satisfied = say('satisfied', 1)
    statements.push(satisfied, say('terminated', 2))
    if (ending === 'withdrawn') {
      const opening = statements.filter(({ verb }) =>
        /completed|passed|satisfied/.test(String((verb as Sent).id)),
      )
      for (const one of opening) statements.push(voidOf(one, say('voided', 90)))
    }
    return told(statements)
  },
}

const waivedResult = {
  result: {
    completion: true,
    success: true,
    extensions: { 'https://w3id.org/xapi/cmi5/result/extensions/reason': 'Tested Out' },
  },
}

/** What an AU says beside cmi5 ("cmi5 allowed"): without the category it says nothing about completing. */
function allowed(statement: Sent): Sent {
  return { ...statement, context: { registration: (statement.context as Sent).registration } }
}

function voidOf(target: Sent, shape: Sent): Sent {
  return {
    id: steadyId(`void of ${target.id}`),
    actor: shape.actor,
    verb: { id: `${adl}/voided`, display: { en: 'voided' } },
    object: { objectType: 'StatementRef', id: target.id },
    timestamp: shape.timestamp,
  }
}
