import { steadyId } from '../../../demo/steady.ts'
import { adl, type Emitter, inChina, minutesFrom, type Sent, told } from './emitter.ts'

const site = 'https://scorm.lookalike.example'

/** A SCORM package behind a wrapper: often only a `terminated` or `suspended` carries the completion; each attempt has an id. */
export const scorm: Emitter = {
  name: 'lookalike-scorm',
  preset: 'scorm-wrapper',
  homePages: [site],
  courses: [
    { code: 'LS-1', milliHours: 2_000, passMark: null, ids: [`${site}/activities/lesson-1`] },
    { code: 'LS-2', milliHours: 2_500, passMark: 60, ids: [`${site}/activities/lesson-2`] },
  ],
  endings: ['done', 'done', 'failed', 'left', 'repeated'],
  nameOf: (learner) => ({ homePage: site, name: `emp${learner.no}` }),
  tell({ learner, course, at, ending }, dice) {
    const activity = course.ids[0] as string
    const sayIn = (attempt: string) => {
      return (verb: string, minutes: number, result?: Sent): Sent => ({
        id: steadyId(`scorm ${learner.no} ${attempt} ${verb} ${minutes}`),
        actor: { account: { homePage: site, name: `emp${learner.no}` } },
        verb: { id: `${adl}/${verb}`, display: { 'en-US': verb } },
        object: { objectType: 'Activity', id: activity },
        ...(result && { result }),
        context: {
          contextActivities: {
            grouping: [{ id: `${activity}?attemptId=${attempt}` }],
            category: [{ id: 'https://w3id.org/xapi/scorm' }],
          },
        },
        timestamp: inChina(minutesFrom(at, minutes)),
      })
    }
    const say = sayIn(steadyId(`attempt ${learner.no} ${course.code} ${at.getTime()}`))
    const statements = [
      say('initialized', -40),
      say('suspended', -20, { completion: false, duration: 'PT20M' }),
    ]
    if (ending === 'left') return told(statements)
    if (ending === 'failed') {
      const result = { completion: true, success: false, score: { scaled: 0.3, raw: 30, min: 0, max: 100 } }
      if (course.passMark !== null) statements.push(say('terminated', 0, result))
      return told(statements)
    }
    const result = {
      completion: true,
      success: true,
      score: { scaled: 0.7, raw: 70, min: 0, max: 100 },
      duration: 'PT41M',
    }
    const verb = dice.pick(['terminated', 'suspended', 'completed'])
    statements.push(say(verb, 0, result))
    // Looking at it again ends the same attempt once more.
    if (dice.chance(0.4)) statements.push(say('terminated', 300, result))
    if (ending === 'repeated')
      statements.push(sayIn(steadyId(`second ${learner.no} ${course.code}`))('completed', 5000, result))
    return told(statements)
  },
}
