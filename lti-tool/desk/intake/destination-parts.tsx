import { Badge, Notice, type Tone } from '../../web/components.tsx'
import type { DestinationShown } from './answers.ts'
import { codeSaid } from './destination-words.ts'
import type { DestinationsSay } from './destinations-messages.ts'

const tones: Record<string, Tone> = { active: 'good', paused: 'warn', removed: 'plain' }

/** The state of a destination, and why it waits. */
export function StateOf({ say, destination }: { say: DestinationsSay; destination: DestinationShown }) {
  const { state, pause_code: why } = destination
  return (
    <>
      <Badge tone={tones[state] ?? 'plain'}>{say(`state_${state}`)}</Badge>
      {state === 'paused' && why && <div class="small">{say('pausedBy', { why: codeSaid(say, why) })}</div>}
    </>
  )
}

/** The secret of a webhook at the one moment in which it is shown. */
export function SigningSecret({ say, secret }: { say: DestinationsSay; secret: string }) {
  return (
    <Notice tone="good" title={say('secretOnce')} live>
      <code class="breaks">{secret}</code>
    </Notice>
  )
}
