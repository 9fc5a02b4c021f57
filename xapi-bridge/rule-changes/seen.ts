import { readableSchools, type Viewer } from '../../ledger/access/role.ts'
import type { Trial } from './try.ts'

/**
 * A trial as somebody may see it. Whoever may not see everybody in the district learns how many it would touch, and
 * not who they are or where they work.
 */
export function trialSeenBy(viewer: Viewer, trial: Trial): Trial {
  if (readableSchools(viewer) === 'all') return trial
  const nobody = { teacher_no: null, name: null, school: null }
  return {
    ...trial,
    by_school: [],
    samples: trial.samples.map((sample) => ({ ...sample, teacher_no: null })),
    teachers: trial.teachers.map((teacher) => ({ ...teacher, ...nobody })),
  }
}
