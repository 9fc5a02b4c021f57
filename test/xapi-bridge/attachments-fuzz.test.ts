import fc from 'fast-check'
import t from 'tap'
import { freshGround } from '../support/ground.ts'
import { aMultipart, anAttachment, partsOfAnswer } from './attachment-examples.ts'
import { aFreshSpeaker, aStatement, type Json } from './statement-examples.ts'

const ground = await freshGround(t)
const { post, get } = await aFreshSpeaker(t, ground)

const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(12),
  put: fc.oneof(
    fc.constantFrom('', '\r\n', '\n', '--', '\r\n---------314159265358979323846', ':', '"', '{', '\0'),
    fc.string({ maxLength: 8 }),
  ),
})

t.test(
  'a multipart request that differs in one place is taken whole or refused whole, and never fails',
  async (t) => {
    const attachments = [anAttachment('first\r\nsecond'), anAttachment('third')]
    const odd: string[] = []
    await fc.assert(
      fc.asyncProperty(change, async ({ at, cut, put }) => {
        const statement = aStatement({ attachments: attachments.map(({ declared }) => declared) })
        const { body, type } = aMultipart(
          statement,
          attachments.map(({ part }) => part),
        )
        const place = Math.floor(at * body.length)
        const sent = Buffer.concat([body.subarray(0, place), Buffer.from(put), body.subarray(place + cut)])

        const answer = await post(sent, { 'content-type': type })

        if (answer.statusCode !== 200 && answer.statusCode !== 400) odd.push(answer.body)
        if (answer.statusCode !== 200) return
        const [id] = answer.json() as [string]
        const shown = partsOfAnswer(await get({ statementId: id, attachments: 'true' }))
        const declared = (shown.json.attachments as { sha2: string; fileUrl?: string }[] | undefined) ?? []
        const hashes = new Set(
          declared.filter(({ fileUrl }) => !fileUrl).map(({ sha2 }) => sha2.toLowerCase()),
        )
        if ([...hashes].some((sha2) => !shown.parts.has(sha2))) odd.push(`${id} lacks bytes`)
      }),
      { numRuns: 150 },
    )

    t.strictSame(odd, [])
    const kept = (await ground.db('statement').count({ count: '*' }).first()) as Json
    t.ok(Number(kept.count) > 0 && Number(kept.count) < 150, 'some were taken, some refused')
  },
)
