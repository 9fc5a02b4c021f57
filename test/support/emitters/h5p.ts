import { steadyId } from '../../../demo/steady.ts'
import { adl, type Emitter, inChina, minutesFrom, type Sent } from './emitter.ts'

const site = 'https://h5p.lookalike.example'
const idOf = (no: number) => `${site}/wp-admin/admin-ajax.php?action=h5p_embed&id=${no}`

/** H5P contents: each part speaks for itself, resuming says it again, seconds are fractions, an object id may be missing. */
export const h5p: Emitter = {
  name: 'lookalike-h5p',
  preset: 'h5p',
  homePages: ['@teachers.lookalike.example', 'https://browser.lookalike.example'],
  courses: [
    { code: 'LH-1', milliHours: 500, passMark: null, ids: [idOf(11)] },
    { code: 'LH-2', milliHours: 1_500, passMark: 60, ids: [idOf(12)] },
  ],
  endings: ['done', 'done', 'failed', 'left', 'repeated'],
  nameOf: (learner) => ({ mbox: `t${learner.no}@teachers.lookalike.example` }),
  tell({ learner, course, at, ending }, dice) {
    const content = course.ids[0] as string
    let count = 0
    const say = (verb: string, minutes: number, changes: Sent = {}): Sent => ({
      id: steadyId(`h5p ${learner.no} ${course.code} ${verb} ${minutes} ${at.getTime()} ${count++}`),
      actor: {
        objectType: 'Agent',
        name: `t${learner.no}`,
        mbox: `mailto:${mailOf(learner.no, dice.chance(0.3))}`,
      },
      verb: { id: `${adl}/${verb}`, display: { 'en-US': verb } },
      object: { objectType: 'Activity', id: content, definition: { name: { 'en-US': course.code } } },
      timestamp: inChina(minutesFrom(at, minutes)),
      ...changes,
    })
    const part = (minutes: number): Sent =>
      say('completed', minutes, {
        object: { id: `${content}&subContentId=${steadyId(`part ${minutes}`)}` },
        result: { completion: true, success: true, score: scoreOf(3, 3), duration: 'PT3.456S' },
        context: { contextActivities: { parent: [{ id: content }] } },
      })
    const statements = [say('attempted', -30), part(-20), part(-15)]
    const refused = dice.chance(0.3) ? [say('completed', -1, { object: { objectType: 'Activity' } })] : []
    if (ending === 'left') return { statements, refused, conflicting: [] }

    const points = ending === 'failed' ? 2 : 8
    const result = { completion: true, score: scoreOf(points, 10), duration: 'PT61.2345S' }
    if (course.passMark === null && ending === 'failed') return { statements, refused, conflicting: [] }
    const verb = course.passMark === null && dice.chance(0.4) ? 'answered' : 'completed'
    statements.push(say(verb, 0, { result }))
    // Opening the content again tells the same result again.
    if (ending === 'repeated' || dice.chance(0.3)) statements.push(say(verb, 1440, { result }))
    // Somebody who is not signed in gets a name for this browser alone.
    if (dice.chance(0.2)) {
      const account = {
        homePage: 'https://browser.lookalike.example',
        name: steadyId(`browser ${learner.no}`),
      }
      statements.push(say(verb, 5, { actor: { objectType: 'Agent', account }, result }))
    }
    return { statements, refused, conflicting: [] }
  },
}

function mailOf(no: number, loud: boolean): string {
  return loud ? `t${no}@Teachers.Lookalike.Example` : `t${no}@teachers.lookalike.example`
}

function scoreOf(raw: number, max: number) {
  return { min: 0, max, raw, scaled: Math.round((raw / max) * 10_000) / 10_000 }
}
