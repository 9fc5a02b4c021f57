import { steadyId } from '../../../demo/steady.ts'
import { adl, type Emitter, inMicroseconds, minutesFrom, type Sent, told } from './emitter.ts'

const site = 'https://openedx.lookalike.example'

/** Open edX: `passed` on the course without any result, two events for one pass, and passed may turn into failed. */
export const openedx: Emitter = {
  name: 'lookalike-openedx',
  preset: 'openedx',
  homePages: [site],
  courses: [
    { code: 'LO-1', milliHours: 5_000, passMark: null, ids: [`${site}/course/course-v1:edX+T1+2026`] },
    { code: 'LO-2', milliHours: 1_000, passMark: 60, ids: [`${site}/course/course-v1:edX+T2+2026`] },
  ],
  endings: ['done', 'done', 'failed', 'left', 'withdrawn', 'repeated'],
  nameOf: (learner) => ({ homePage: site, name: steadyId(`anonymous ${learner.no}`) }),
  tell({ learner, course, at, ending }, dice) {
    const name = steadyId(`anonymous ${learner.no}`)
    const say = (verb: string, minutes: number, changes: Sent = {}): Sent => ({
      id: steadyId(`openedx ${name} ${course.code} ${verb} ${at.getTime() + minutes * 60_000}`),
      actor: { objectType: 'Agent', account: { homePage: site, name } },
      verb: { id: verb === 'earned' ? 'http://id.tincanapi.com/verb/earned' : `${adl}/${verb}` },
      object: {
        objectType: 'Activity',
        id: course.ids[0],
        definition: { type: 'http://adlnet.gov/expapi/activities/course', name: { 'en-US': course.code } },
      },
      context: { extensions: { 'https://w3id.org/xapi/openedx/extension/transformer-version': 'x' } },
      timestamp: inMicroseconds(minutesFrom(at, minutes)),
      version: '1.0.3',
      ...changes,
    })
    const video = say('completed', -60, {
      object: {
        id: `${site}/xblock/block-v1:${course.code}+type@video+block@1`,
        definition: { type: 'https://w3id.org/xapi/video/activity-type/video' },
      },
      result: { completion: true, extensions: { 'https://w3id.org/xapi/video/extensions/progress': 1 } },
    })
    const statements = [say('initialized', -90), video]
    if (ending === 'left') return told(statements)
    if (ending === 'failed') return told([...statements, say('failed', 0)])
    statements.push(say('passed', 0), say('earned', 0.2, { result: { score: { scaled: 0.8 } } }))
    // The grade event and the pass event both arrive as a pass, seconds apart.
    if (dice.chance(0.6)) statements.push(say('passed', 0.1))
    if (ending === 'repeated') statements.push(say('passed', 4000))
    if (ending === 'withdrawn') statements.push(say('failed', 500))
    return told(statements)
  },
}
