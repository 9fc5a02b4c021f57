import t from 'tap'
import { createLog } from '../../foundation/log.ts'

function logged(error: unknown): string {
  const lines: string[] = []
  createLog('info', { write: (line: string) => lines.push(line) }).error({ err: error }, 'failed')
  return lines.join('')
}

t.test(
  'a failed statement is logged without the values a driver quotes, however many lines they have',
  async (t) => {
    const quoted = "insert into `teacher` (`name`) values ('王\n建国\n990101199001010019') - Duplicate entry"
    const error = Object.assign(new Error(quoted), { code: 'ER_DUP_ENTRY', sql: 'insert' })

    const line = logged(error)

    t.match(line, /"message":"database error"/)
    t.match(line, /ER_DUP_ENTRY/)
    t.match(line, /log\.test\.ts/)
    t.notMatch(line, /建国|990101199001010019/)
  },
)

t.test('what was thrown without being an error is logged all the same', async (t) => {
  t.match(logged('just text'), /"msg":"failed"/)
})
