import t from 'tap'
import { aVoid, handAndPost } from '../ledger/books-world.ts'
import { courseId, scoreWorld } from './scores-world.ts'

t.setTimeout(120_000)
const world = await scoreWorld(t)

t.test(
  'A30: hours that are recognised reach the gradebook, and what the platform shows agrees',
  async (t) => {
    const { person, teacherId, sub } = await world.teacher()
    await world.launch(person)
    await world.complete(teacherId, { scorePercent: '86.5' })

    await world.work()

    t.match(world.recorded(sub), {
      userId: sub,
      scoreGiven: 86.5,
      scoreMaximum: 100,
      activityProgress: 'Completed',
      gradingProgress: 'FullyGraded',
    })
    t.match(await world.row(sub), { state: 'sent', attempts: 0, code: null })
  },
)
