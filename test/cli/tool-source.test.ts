import t from 'tap'
import { ensureToolSource } from '../../cli/tool-source.ts'
import { toolCredential } from '../../lti-tool/coursework/credential.ts'
import { credentialOf, revokeCredential } from '../../xapi-bridge/sources/credential.ts'
import { freshGround } from '../support/ground.ts'

const ground = await freshGround(t)

t.test(
  'a start keeps the credential of the tool while it is good, and replaces one that was revoked',
  async (t) => {
    await ensureToolSource(ground)
    const first = await toolCredential(ground)
    await ensureToolSource(ground)
    t.strictSame(await toolCredential(ground), first)

    await revokeCredential(ground, first?.key ?? '')
    await ensureToolSource(ground)

    const second = await toolCredential(ground)
    t.not(second?.key, first?.key)
    t.ok(await credentialOf(ground, second?.key ?? '', second?.secret ?? ''))
  },
)
