import { steadyId } from '../../../demo/steady.ts'
import { adl, type Emitter, minutesFrom, type Sent, told } from './emitter.ts'

const site = 'https://video.lookalike.example'

/**
 * A player with the video profile. One video was entered as a course; the others are parts of something and give nothing.
 * `completed` with a completion of false does occur.
 */
export const video: Emitter = {
  name: 'lookalike-video',
  preset: 'video-profile',
  homePages: [site],
  courses: [{ code: 'LV-1', milliHours: 1_000, passMark: null, ids: [`${site}/watch/1`] }],
  endings: ['done', 'left'],
  nameOf: (learner) => ({ homePage: site, name: `v${learner.no}` }),
  tell({ learner, course, at, ending }, dice) {
    const say = (verb: string, minutes: number, changes: Sent = {}): Sent => ({
      id: steadyId(`video ${learner.no} ${course.code} ${verb} ${minutes} ${at.getTime()}`),
      actor: { account: { homePage: site, name: `v${learner.no}` } },
      verb: {
        id:
          verb === 'completed' || verb === 'initialized'
            ? `${adl}/${verb}`
            : `https://w3id.org/xapi/video/verbs/${verb}`,
      },
      object: { id: course.ids[0], definition: { type: 'https://w3id.org/xapi/video/activity-type/video' } },
      context: {
        contextActivities: { category: [{ id: 'https://w3id.org/xapi/video' }] },
        extensions: { 'https://w3id.org/xapi/video/extensions/session-id': `s${learner.no}` },
      },
      timestamp: minutesFrom(at, minutes).toISOString(),
      ...changes,
    })
    const at100 = {
      'https://w3id.org/xapi/video/extensions/progress': 1,
      'https://w3id.org/xapi/video/extensions/time': 601.2,
    }
    const object = {
      id: `${site}/watch/9`,
      definition: { type: 'https://w3id.org/xapi/video/activity-type/video' },
    }
    const part = say('completed', -60, { object, result: { completion: true, extensions: at100 } })
    const statements = [part, say('initialized', -12), say('played', -11), say('paused', -5)]
    if (dice.chance(0.4))
      statements.push(say('completed', -4, { result: { completion: false, extensions: at100 } }))
    if (ending === 'done')
      statements.push(say('completed', 0, { result: { completion: true, extensions: at100 } }))
    return told(statements)
  },
}
