import t from 'tap'
import { freshGround } from '../support/ground.ts'
import { anAdministrator } from './dead-letter-scene.ts'
import { aBridge, aSpeaker, aStatement, aVoid, type Json, type Speaker } from './statement-examples.ts'

const ground = await freshGround(t)
const app = await aBridge(t, ground)
const operator = await anAdministrator(app, ground)
const iriBase = ground.config.xapiIriBase

const byAuthority = (homePage: string, name: string, changes: Record<string, string> = {}) => ({
  agent: JSON.stringify({ account: { homePage, name } }),
  related_agents: 'true',
  ascending: 'true',
  ...changes,
})
const idsOf = (statements: Json[]) => statements.map(({ id }) => id)

/** Pushes a statement that is refused, and lets the operator mend and replay it. */
async function replayed({ post }: Speaker, statement: Json): Promise<void> {
  const { result, ...rest } = statement
  const refused = await post({ ...rest, result: { ...(result as Json), completion: 'true' } })
  const plan = { mendings: ['text-to-boolean'], reason: '供应商格式有误' }
  const answer = await operator.post(`/api/rejected/${refused.headers['x-xueshi-receipt']}/replay`, plan)
  if (answer.statusCode !== 200) throw new Error(answer.body)
}

t.test('the authority of a source finds what it sent, and not what an operator replayed', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const own = speaker.credential.source_id
  const [sent, mended] = [aStatement(), aStatement()]
  await speaker.post(sent)
  await replayed(speaker, mended)

  for (const page of [{}, { limit: '1' }, { verb: 'http://adlnet.gov/expapi/verbs/completed' }])
    t.strictSame(idsOf(await speaker.find(byAuthority(iriBase, own, page))), [sent.id])
  t.strictSame(idsOf(await speaker.find(byAuthority(`${iriBase}operators`, operator.loginId))), [mended.id])
  const first = (await speaker.get(byAuthority(iriBase, own, { limit: '1' }))).json()
  t.equal(first.more, '')
})

t.test(
  'what an operator replayed is found where it names the source, or refers to what it sent',
  async (t) => {
    const speaker = await aSpeaker(app, ground)
    const own = speaker.credential.source_id
    const agent = { objectType: 'Agent', account: { homePage: iriBase, name: own } }
    const [sent, other] = [aStatement(), aStatement()]
    const instructed = aStatement({ context: { instructor: agent } })
    const about = (id: string) => aStatement({ object: { objectType: 'StatementRef', id } })
    const [aboutSent, aboutOther] = [about(sent.id), about(other.id)]
    const aboutThat = about(aboutSent.id)
    await speaker.post(sent)
    for (const one of [other, instructed, aboutSent, aboutOther, aboutThat]) await replayed(speaker, one)

    t.strictSame(idsOf(await speaker.find(byAuthority(iriBase, own))), [
      sent.id,
      instructed.id,
      aboutSent.id,
      aboutThat.id,
    ])
  },
)

t.test('a voiding statement of the source is found by its authority, what it voids is not', async (t) => {
  const speaker = await aSpeaker(app, ground)
  const gone = aStatement()
  const ending = aVoid(gone.id)
  await speaker.post(gone)
  await speaker.post(ending)

  const found = await speaker.find(byAuthority(iriBase, speaker.credential.source_id))

  t.strictSame(idsOf(found), [ending.id])
})
