import { steadyId } from '../../../demo/steady.ts'
import { adl, type Emitter, minutesFrom, type Sent } from './emitter.ts'

const site = 'https://articulate.lookalike.example'
const rootOf = (publication: string) => `urn:articulate:storyline:${publication}`

/**
 * Articulate Storyline and Rise: `passed` or `completed` as the author chose, the course is its own parent, objectives
 * complete too, and publishing again changes the id.
 */
export const articulate: Emitter = {
  name: 'lookalike-articulate',
  preset: 'articulate',
  homePages: [site],
  courses: [
    { code: 'LA-1', milliHours: 2_000, passMark: null, ids: [rootOf('5fGh2'), rootOf('9kLm7')] },
    { code: 'LA-2', milliHours: 3_500, passMark: 60, ids: [rootOf('6aBc1'), rootOf('8xYz4')] },
  ],
  endings: ['done', 'done', 'failed', 'left', 'withdrawn', 'repeated'],
  nameOf: (learner) => ({ homePage: site, name: `L${learner.no}` }),
  tell({ learner, course, at, ending }, dice) {
    const [published = '', again = ''] = dice.chance(0.5) ? course.ids : [...course.ids].reverse()
    const say = (verb: string, minutes: number, root: string, changes: Sent = {}): Sent => ({
      id: steadyId(`articulate ${learner.no} ${root} ${verb} ${minutes} ${at.getTime()}`),
      actor: { objectType: 'Agent', account: { homePage: site, name: `L${learner.no}` } },
      verb: { id: `${adl}/${verb}`, display: { 'en-US': verb } },
      object: {
        objectType: 'Activity',
        id: root,
        definition: { type: 'http://adlnet.gov/expapi/activities/course' },
      },
      context: { contextActivities: { parent: [{ id: root }], grouping: [{ id: root }] } },
      timestamp: minutesFrom(at, minutes).toISOString(),
      ...changes,
    })
    const objective = say('completed', -10, published, {
      object: {
        id: `${published}/obj_1`,
        definition: { type: 'http://adlnet.gov/expapi/activities/objective' },
      },
      result: { completion: true, success: true },
    })
    const statements = [
      say('attempted', -30, published, { result: { completion: true } }),
      say('experienced', -20, published, { object: { id: `${published}/slide_4` } }),
      objective,
    ]
    const conflicting = dice.chance(0.2) ? [conflictOn(say('experienced', -18, published))] : []
    const done = (minutes: number, root: string): Sent =>
      course.passMark === null
        ? say('completed', minutes, root, { result: { completion: true, duration: 'PT1834.34S' } })
        : say('passed', minutes, root, {
            result: { completion: true, success: true, score: { scaled: 0.9, raw: 90 } },
          })
    if (ending === 'left' || (ending === 'failed' && course.passMark === null))
      return { statements, refused: [], conflicting }
    if (ending === 'failed') {
      const result = { completion: true, success: false, score: { scaled: 0.2, raw: 20 } }
      return {
        statements: [...statements, say('failed', 0, published, { result })],
        refused: [],
        conflicting,
      }
    }
    const first = done(0, published)
    statements.push(first)
    // The author published it again, and the learner had to open it once more.
    if (ending === 'repeated' || dice.chance(0.3)) {
      const second = done(2000, again)
      statements.push(second)
      if (ending === 'withdrawn') statements.push(voidOf(second, minutesFrom(at, 4000)))
    }
    if (ending === 'withdrawn') statements.push(voidOf(first, minutesFrom(at, 3000)))
    return { statements, refused: [], conflicting }
  },
}

/** Two different statements under one id, as some publications make them. */
function conflictOn(first: Sent): { first: Sent; second: Sent } {
  return { first, second: { ...first, verb: { id: `${adl}/interacted` } } }
}

function voidOf(target: Sent, at: Date): Sent {
  return {
    id: steadyId(`void of ${target.id}`),
    actor: target.actor,
    verb: { id: `${adl}/voided` },
    object: { objectType: 'StatementRef', id: target.id },
    timestamp: at.toISOString(),
  }
}
